async def get_price():
    if (price := await redis.get("price")) is not None:
        return price
    version = await redis.get("version")
    price = await load_price()
    if await redis.get("version") == version:
        await redis.set("price", price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await write_price(price)
    await redis.incr("version")
    await redis.delete("price")
