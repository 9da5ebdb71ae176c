from redis.exceptions import WatchError


async def get_price():
    price = await redis.get("price")
    if price is not None:
        return price
    async with redis.pipeline() as pipe:
        await pipe.watch("price:version")
        price = await load_price()
        pipe.multi()
        pipe.set("price", price, ex=FRESH_SECONDS)
        try:
            await pipe.execute()
        except WatchError:
            pass
    return price


async def change_price(price):
    await write_price(price)
    await redis.delete("price")
    await redis.incr("price:version")
