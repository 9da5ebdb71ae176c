"""
Starlette: a fast route, a slow one, one that blocks the event loop, a stream without an end.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route


async def fast(_: Request) -> Response:
    return PlainTextResponse("fast")


async def slow(_: Request) -> Response:
    await asyncio.sleep(0.5)
    return PlainTextResponse("slow")


async def blocks(_: Request) -> Response:
    time.sleep(0.5)  # what the trial is to find
    return PlainTextResponse("blocked")


async def ticks() -> AsyncIterator[str]:
    while True:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)


async def events(_: Request) -> Response:
    return StreamingResponse(ticks(), media_type="text/event-stream")


app = Starlette(
    routes=[
        Route("/", fast),
        Route("/slow", slow),
        Route("/blocks", blocks),
        Route("/events", events),
    ]
)
