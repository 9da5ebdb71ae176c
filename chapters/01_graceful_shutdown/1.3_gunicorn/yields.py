"""
The same service; the handler that takes long leaves the event loop to the others.
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
    # The blocking call has a thread of its own; the loop goes on serving.
    await asyncio.to_thread(time.sleep, 5)
    return PlainTextResponse("reported")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/wait", wait), Route("/report", report)]
)
