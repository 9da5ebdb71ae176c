async def get_price():
    key = f"price, version {await redis.get('version')}"
    if (price := await redis.get(key)) is None:
        price = await load_price()
        await redis.set(key, price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await write_price(price)
    await redis.incr("version")
