"""
What is left of an item: one answer of the warehouse for all of them, kept in Redis.

It is fresh for `stock_fresh` seconds. Then whoever comes asks for another; where `stock_asks`
is "one", one does, and the others get what there is until it has come.
"""

import asyncio
import json
import time
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .database import engine
from .settings import REDIS_URL, counts, settings

UNITS = text("SELECT item, units FROM stock")
ASKING = 10  # seconds, at most

cache = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        REDIS_URL,
        max_connections=4,
        timeout=0.3,
        socket_timeout=0.3,
        retry=Retry(NoBackoff(), 0),
    )
)
asking: set[asyncio.Task[dict[str, Any]]] = set()


async def stock(request: Request) -> JSONResponse:
    item = str(request.path_params["item"])
    kept = await cache.get("stock")
    found: dict[str, Any] | None = json.loads(kept) if kept else None
    if found and time.time() - found["at"] < settings["stock_fresh"]:
        counts["stock.hits"] += 1
    elif found is None or settings["stock_asks"] == "each":
        counts["stock.misses"] += 1
        found = await ask()
    else:
        counts["stock.last_known"] += 1
        if await cache.set("stock:asking", 1, nx=True, ex=ASKING):
            counts["stock.misses"] += 1
            asking.add(task := asyncio.create_task(ask()))
            task.add_done_callback(asking.discard)
    return JSONResponse({"item": int(item), "units": found["units"][item]})


async def ask() -> dict[str, Any]:
    async with engine.connect() as connection:
        rows = await connection.execute(UNITS)
        found = {"at": time.time(), "units": {str(item): units for item, units in rows}}
    await cache.set("stock", json.dumps(found))
    await cache.delete("stock:asking")
    return found
