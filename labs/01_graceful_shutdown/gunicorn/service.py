"""
Makes reports, a second and a half each; the first one hangs for ever.
"""

import asyncio
import itertools
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

numbers = itertools.count(1)


async def make_report(request):
    number = next(numbers)
    print(f"report {number} begun", flush=True)
    await asyncio.sleep(3600 if number == 1 else 1.5)
    return PlainTextResponse(f"report {number}")


async def greet(request):
    return PlainTextResponse("hello")


@asynccontextmanager
async def lifespan(app):
    yield
    print("database closed", flush=True)


app = Starlette(
    routes=[Route("/", greet), Route("/reports", make_report)],
    lifespan=lifespan,
)
