"""
Answers at once, and then a byte at a time: sixty of them, one every twentieth of a second.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


async def drops():
    for _ in range(60):
        await asyncio.sleep(0.05)
        yield b"."


async def answer(request):
    return StreamingResponse(drops())


app = Starlette(routes=[Route("/", answer)])
