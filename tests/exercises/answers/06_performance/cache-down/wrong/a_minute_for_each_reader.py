from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

PATIENCE = 0.15  # seconds, for each thing that Redis may be waited for

redis = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        REDIS_URL,
        max_connections=20,
        timeout=PATIENCE,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
)


async def get_price():
    try:
        price = await redis.getex("price", ex=FRESH_SECONDS)
    except (RedisError, OSError):
        price = None
    if price is None:
        price = await ask_database()
        try:
            await redis.set("price", price, ex=FRESH_SECONDS)
        except (RedisError, OSError):
            pass  # the next one asks again
    return price
