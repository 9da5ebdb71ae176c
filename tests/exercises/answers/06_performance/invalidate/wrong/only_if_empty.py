async def get_price():
    price = await redis.get("price")
    if price is None:
        price = await load_price()
        if not await redis.set("price", price, ex=FRESH_SECONDS, nx=True):
            return await redis.get("price") or price  # somebody was faster
    return price


async def change_price(price):
    await write_price(price)
    await redis.set("price", price, ex=FRESH_SECONDS)
