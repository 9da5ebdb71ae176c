"""
Remembers the discount in Redis, where all processes see it; a POST changes it.
"""

import os
from pathlib import Path

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

FILE = Path(os.environ["DISCOUNTS"])
redis = Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


async def discount(product):
    cached = await redis.get(f"discount:{product}")
    if cached is None:
        cached = FILE.read_text()
        await redis.set(f"discount:{product}", cached, ex=300)
    return cached


async def read(request):
    return PlainTextResponse(f"{os.getpid()} {await discount('book')}")


async def change(request):
    FILE.write_text("new")
    await redis.delete("discount:book")  # for everyone
    return PlainTextResponse("changed")


app = Starlette(
    routes=[
        Route("/", read),
        Route("/", change, methods=["POST"]),
    ]
)
