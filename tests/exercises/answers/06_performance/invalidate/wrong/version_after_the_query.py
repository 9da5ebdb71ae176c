async def get_price():
    price, version = await redis.mget("price", "price's version")
    if price is None or version != (await redis.get("version") or b"0"):
        price = await load_price()
        version = await redis.get("version") or b"0"
        await redis.set("price", price, ex=FRESH_SECONDS)
        await redis.set("price's version", version)
    return price


async def change_price(price):
    await write_price(price)
    await redis.incr("version")
