from contextlib import suppress

from redis.exceptions import WatchError


async def get_price():
    if (price := await redis.get("price")) is not None:
        return price
    async with redis.pipeline() as transaction:
        await transaction.watch("version")  # before the query: what changes it comes later
        price = await load_price()
        transaction.multi()
        transaction.set("price", price, ex=2 * FRESH_SECONDS)
        with suppress(WatchError):  # changed meanwhile: good for this customer, not to be kept
            await transaction.execute()
    return price


async def change_price(price):
    await write_price(price)
    async with redis.pipeline() as transaction:
        transaction.incr("version")
        transaction.delete("price")
        await transaction.execute()
