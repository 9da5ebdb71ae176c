"""
A service with a mistake that is easily made: one of its handlers blocks the event loop.
"""

import asyncio
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def wait(request: Request) -> PlainTextResponse:
    print("waiting", flush=True)
    await asyncio.sleep(4)
    return PlainTextResponse("waited")


async def report(request: Request) -> PlainTextResponse:
    print("reporting", flush=True)
    # Until this call returns, nothing else in the process happens.
    time.sleep(5)
    return PlainTextResponse("reported")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/wait", wait), Route("/report", report)]
)
