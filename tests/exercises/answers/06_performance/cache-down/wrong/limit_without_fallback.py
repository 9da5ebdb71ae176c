from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

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
    price = await redis.get("price")
    if price is None:
        price = await ask_database()
        await redis.set("price", price, ex=FRESH_SECONDS)
    return price
