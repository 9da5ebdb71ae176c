"""
Works ten steps for every request, and asks before each whether the caller is still there.
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


async def answer(request):
    try:
        for _ in range(10):
            if await request.is_disconnected():
                return PlainTextResponse("nobody reads this", 499)
            await asyncio.sleep(0.1)
            print("step", flush=True)
        return PlainTextResponse("done")
    finally:
        print("over", flush=True)


app = Starlette(
    routes=[Route("/", answer)],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=measure)],
)
