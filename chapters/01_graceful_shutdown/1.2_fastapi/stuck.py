"""
Answers within half a second, but every fourth request never ends.
"""

import asyncio
import atexit
import itertools
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

numbers = itertools.count(1)
atexit.register(print, "atexit ran")


async def work(request):
    number = next(numbers)
    print("request started")
    try:
        await asyncio.sleep(3600 if number % 4 == 0 else 0.5)
    except asyncio.CancelledError:
        print("request cancelled")
        raise
    return PlainTextResponse("done")


@asynccontextmanager
async def lifespan(app):
    yield
    print("cleaned up")


app = Starlette(routes=[Route("/work", work)], lifespan=lifespan)
