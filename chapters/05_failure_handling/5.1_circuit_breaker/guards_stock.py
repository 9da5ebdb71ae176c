"""
Two endpoints, each with a dependency of its own, and a breaker before one of them.
"""

import os

import httpx
from failure_rate_breaker import Breaker, BreakerOpen
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from stand_ins.transient import NO_ANSWER

STOCK, PRICES = os.environ["STOCK"], os.environ["PRICES"]

client = httpx.AsyncClient(timeout=0.4, limits=httpx.Limits(max_connections=10))
breaker = Breaker(lambda error: isinstance(error, NO_ANSWER))


async def fetch(url):
    answer = await client.get(url)
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def item(request):
    try:
        return await breaker.call(lambda: fetch(STOCK))
    except BreakerOpen:
        return PlainTextResponse("try again later", 503)
    except httpx.HTTPError:
        return PlainTextResponse("the stock does not answer", 504)


async def price(request):
    try:
        return await fetch(PRICES)
    except httpx.HTTPError:
        return PlainTextResponse("the prices do not answer", 504)


app = Starlette(routes=[Route("/item", item), Route("/price", price)])
