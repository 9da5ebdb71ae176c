"""
What is left of an item: from Redis, and from PostgreSQL where Redis has it no more.
"""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .database import engine
from .settings import REDIS_URL, counts

FRESH = 10  # seconds
UNITS = text("SELECT units FROM stock WHERE item = :item")

cache = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        REDIS_URL,
        max_connections=4,
        timeout=0.3,
        socket_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )
)


async def stock(request: Request) -> JSONResponse:
    item = request.path_params["item"]
    left = await cache.get(f"stock:{item}")
    if left is None:
        counts["stock.misses"] += 1
        async with engine.connect() as connection:
            left = (await connection.execute(UNITS, {"item": item})).scalar_one()
        await cache.set(f"stock:{item}", left, ex=FRESH)
    else:
        counts["stock.hits"] += 1
    return JSONResponse({"item": item, "units": int(left)})
