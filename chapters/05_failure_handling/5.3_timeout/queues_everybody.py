"""
Has four places to work at, a tenth of a second a request; everybody else waits in line.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PLACES = 4

places = asyncio.Semaphore(PLACES)


async def answer(request):
    async with places:
        await asyncio.sleep(0.1)
    return PlainTextResponse("done")


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/", answer), Route("/healthz", healthz)])
