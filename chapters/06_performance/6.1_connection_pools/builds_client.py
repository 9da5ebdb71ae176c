"""
Asks the provider for a price, with a client built for each call.
"""

import os

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PROVIDER = os.environ["PROVIDER"]


async def price(request):
    async with httpx.AsyncClient() as client:
        answer = await client.get(PROVIDER)
    return PlainTextResponse(answer.text)


async def ping(request):
    return PlainTextResponse("pong")


app = Starlette(routes=[Route("/price", price), Route("/ping", ping)])
