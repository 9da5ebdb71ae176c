"""
Answers / at once and /slow after one second; uvicorn keeps the connections open.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def quick(request):
    return PlainTextResponse("done")


async def slow(request):
    print("request started")
    await asyncio.sleep(1)
    return PlainTextResponse("done")


app = Starlette(routes=[Route("/", quick), Route("/slow", slow)])
