"""
The same service; the handler that takes long has a thread.
"""

import asyncio

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
    # A thread of its own, for one call into C that takes a minute, and keeps the GIL.
    await asyncio.to_thread(sum, range(10**10))
    return PlainTextResponse("reported")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/wait", wait), Route("/report", report)]
)
