from contextlib import suppress

from redis.exceptions import RedisError

redis = Redis.from_url(REDIS_URL, max_connections=100)


async def get_price():
    with suppress(RedisError, TimeoutError):
        async with asyncio.timeout(0.2):
            if (price := await redis.get("price")) is not None:
                return price
    price = await ask_database()
    with suppress(RedisError, TimeoutError):
        async with asyncio.timeout(0.2):
            await redis.set("price", price, ex=FRESH_SECONDS)
    return price
