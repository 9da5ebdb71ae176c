"""
Remembers the discount in its own memory, with lru_cache; a POST changes it.
"""

import os
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

FILE = Path(os.environ["DISCOUNTS"])


@lru_cache(maxsize=1000)
def discount(product):
    return FILE.read_text()


async def read(request):
    return PlainTextResponse(f"{os.getpid()} {discount('book')}")


async def change(request):
    FILE.write_text("new")
    discount.cache_clear()  # as careful as this process can be
    return PlainTextResponse("changed")


app = Starlette(
    routes=[
        Route("/", read),
        Route("/", change, methods=["POST"]),
    ]
)
