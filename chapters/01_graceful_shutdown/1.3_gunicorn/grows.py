"""
A service that is started anew now and then, since it grows; its start takes a second.
"""

import asyncio
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

time.sleep(1)  # what it imports


async def quote(request: Request) -> PlainTextResponse:
    time.sleep(0.031)  # computes: who is busy leaves the next request to another worker
    return PlainTextResponse("7")


async def export(request: Request) -> PlainTextResponse:
    print("exporting", flush=True)
    await asyncio.sleep(6)
    return PlainTextResponse("exported")


app = Starlette(routes=[Route("/", quote), Route("/export", export)])
