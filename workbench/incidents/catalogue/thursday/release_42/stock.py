"""
What is left of an item: from this process, from Redis, and from PostgreSQL.

`memo` keeps the newest in the process: Redis was asked for the same items all the time.
"""

import time
from dataclasses import dataclass

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .database import engine
from .settings import REDIS_URL, counts, settings

FRESH = 10  # seconds
MOST = 20  # items in the process
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


@dataclass
class Kept:
    at: float
    units: int


memo: dict[int, Kept] = {}


async def stock(request: Request) -> JSONResponse:
    item = request.path_params["item"]
    if settings["memo"] != "on":
        return JSONResponse({"item": item, "units": await units_of(item)})
    kept = memo.get(item)
    if kept is None or kept.at < time.monotonic() - FRESH:
        if kept is None and len(memo) >= MOST:
            del memo[min(memo, key=memo.__getitem__)]
        memo[item] = kept = Kept(time.monotonic(), await units_of(item))
    return JSONResponse({"item": item, "units": kept.units})


async def units_of(item: int) -> int:
    left = await cache.get(f"stock:{item}")
    if left is None:
        counts["stock.misses"] += 1
        async with engine.connect() as connection:
            left = (await connection.execute(UNITS, {"item": item})).scalar_one()
        await cache.set(f"stock:{item}", left, ex=FRESH)
    else:
        counts["stock.hits"] += 1
    return int(left)
