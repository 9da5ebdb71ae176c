"""
Works ten steps for every request, and is told as soon as the caller leaves.
"""

import asyncio
import time

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def measure(request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["Server-Timing"] = f"app;dur={1000 * (time.monotonic() - began):.0f}"
    return response


async def work():
    try:
        for _ in range(10):
            await asyncio.sleep(0.1)
            print("step", flush=True)
    finally:
        print("over", flush=True)


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def answer(request):
    working = asyncio.create_task(work())
    gone = asyncio.create_task(leaving(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return PlainTextResponse("done" if working.done() else "nobody reads this")
    finally:
        working.cancel()
        gone.cancel()


app = Starlette(
    routes=[Route("/", answer)],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=measure)],
)
