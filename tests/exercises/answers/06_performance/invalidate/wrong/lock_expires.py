async def get_price():
    price = await redis.get("price")
    if price is not None:
        return price
    async with redis.lock("price:lock", timeout=5, sleep=0.05, raise_on_release_error=False):
        price = await redis.get("price")  # the one before us may have stored it
        if price is None:
            price = await load_price()
            await redis.set("price", price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    async with redis.lock("price:lock", timeout=5, sleep=0.05, raise_on_release_error=False):
        await write_price(price)
        await redis.delete("price")
