import time

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

try_again = 0.0  # not before


async def get_price():
    global try_again
    price = None
    if time.monotonic() < try_again:
        return await ask_database()
    try:
        if (price := await redis.get("price")) is None:
            price = await ask_database()
            await redis.set("price", price, ex=FRESH_SECONDS)
    except RedisError:
        try_again = time.monotonic() + 1
    return price or await ask_database()
