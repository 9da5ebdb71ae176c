STORE = """
if (redis.call('GET', KEYS[2]) or '') == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""


async def get_price():
    price, changes = await redis.mget("price", "price:changes")
    if price is None:
        price = await load_price()
        await redis.eval(
            STORE, 2, "price", "price:changes", changes or b"", price, FRESH_SECONDS
        )
    return price


async def change_price(price):
    await write_price(price)
    async with redis.pipeline(transaction=True) as pipe:
        pipe.incr("price:changes")
        pipe.delete("price")
        await pipe.execute()
