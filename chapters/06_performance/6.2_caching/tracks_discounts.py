"""
Remembers the discount in its own memory until Redis says that it has changed.
"""

import os
from pathlib import Path

from redis import Redis
from redis.cache import CacheConfig
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

FILE = Path(os.environ["DISCOUNTS"])
redis = Redis.from_url(
    os.environ["REDIS_URL"], decode_responses=True, protocol=3, cache_config=CacheConfig()
)


def discount(product):
    cached = redis.get(f"discount:{product}")  # asked of Redis once, until it changes
    if cached is None:
        cached = FILE.read_text()
        redis.set(f"discount:{product}", cached, ex=300)
    return cached


async def read(request):
    return PlainTextResponse(f"{os.getpid()} {discount('book')}")


async def change(request):
    FILE.write_text("new")
    redis.delete("discount:book")  # Redis tells all who have read it
    return PlainTextResponse("changed")


app = Starlette(
    routes=[
        Route("/", read),
        Route("/", change, methods=["POST"]),
    ]
)
