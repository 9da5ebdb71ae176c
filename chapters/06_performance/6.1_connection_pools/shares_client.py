"""
Asks the provider for a price, with one client for the life of the process.
"""

import os
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PROVIDER = os.environ["PROVIDER"]


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient() as app.state.client:
        yield


async def price(request):
    answer = await request.app.state.client.get(PROVIDER)
    return PlainTextResponse(answer.text)


async def ping(request):
    return PlainTextResponse("pong")


app = Starlette(routes=[Route("/price", price), Route("/ping", ping)], lifespan=lifespan)
