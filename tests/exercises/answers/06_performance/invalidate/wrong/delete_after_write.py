async def get_price():
    price = await redis.get("price")
    if price is None:
        price = await load_price()
        await redis.set("price", price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await write_price(price)
    await redis.delete("price")
