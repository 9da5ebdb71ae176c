"""
Works ten steps for every request, and asks before each whether the caller is still there.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


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


app = Starlette(routes=[Route("/", answer)])
