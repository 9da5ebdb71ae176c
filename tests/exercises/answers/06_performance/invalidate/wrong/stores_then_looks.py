async def get_price():
    price, version = await redis.mget("price", "price:version")
    if price is not None:
        return price
    price = await load_price()
    await redis.set("price", price, ex=FRESH_SECONDS)
    if await redis.get("price:version") != version:
        await redis.delete("price")  # a change has overtaken us
    return price


async def change_price(price):
    await write_price(price)
    async with redis.pipeline(transaction=True) as pipe:
        await pipe.incr("price:version").delete("price").execute()
