import secrets

from redis.exceptions import WatchError


async def get_price():
    price = await redis.get("price")
    if price is not None:
        return price
    token = secrets.token_hex(16)
    leased = await redis.set("lease", token, nx=True, ex=10)
    price = await load_price()
    if leased:
        await store(price, token)
    return price


async def store(price, token):
    async with redis.pipeline() as pipe:
        await pipe.watch("lease")
        if await pipe.get("lease") != token.encode():
            return
        pipe.multi()
        pipe.set("price", price, ex=FRESH_SECONDS)
        pipe.delete("lease")
        try:
            await pipe.execute()
        except WatchError:
            return


async def change_price(price):
    await write_price(price)
    await redis.delete("price", "lease")
