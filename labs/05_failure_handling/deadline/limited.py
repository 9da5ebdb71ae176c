"""
The service as you find it, with a limit around each search and nothing else.
"""

import asyncio

import service
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def search(request):
    try:
        async with asyncio.timeout(1):
            return await service.search(request)
    except TimeoutError:
        return PlainTextResponse("the time is over", 504)


app = Starlette(routes=[Route("/search/{word}", search), Route("/healthz", service.healthz)])
