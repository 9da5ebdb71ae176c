from contextlib import suppress

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CACHE_SECONDS = 0.1  # what a cache may cost: far less than a customer's patience

redis = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        REDIS_URL,
        max_connections=10,
        timeout=CACHE_SECONDS,  # for a free connection
        socket_connect_timeout=CACHE_SECONDS,
        socket_timeout=CACHE_SECONDS,
        retry=Retry(NoBackoff(), 0),  # the database answers sooner than a second try
    )
)


async def get_price():
    price = None
    with suppress(RedisError):  # a miss
        price = await redis.get("price")
    if price is None:
        price = await ask_database()
        with suppress(RedisError):
            await redis.set("price", price, ex=60 * FRESH_SECONDS)
    return price
