from contextlib import suppress

from redis.exceptions import RedisError

redis = Redis.from_url(REDIS_URL)


async def get_price():
    price = None
    with suppress(RedisError):
        price = await redis.get("price")
    if price is None:
        price = await ask_database()
        with suppress(RedisError):
            await redis.set("price", price, ex=FRESH_SECONDS)
    return price
