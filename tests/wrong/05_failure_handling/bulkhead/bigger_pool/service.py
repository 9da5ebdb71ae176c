"""
Tells customers what is in stock and what it costs, which it asks of two services of others.
"""

import asyncio
import logging
import os

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

STOCK = os.environ.get("STOCK", "http://127.0.0.1:8001")
PRICES = os.environ.get("PRICES", "http://127.0.0.1:8002")
TIMEOUT = float(os.environ.get("TIMEOUT", "5"))
AT_THE_STOCK = 8  # so many customers may wait for the stock at the same time

client = httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_connections=10))


# --- yours from here
client = httpx.AsyncClient(timeout=TIMEOUT, limits=httpx.Limits(max_connections=1000))


async def tell_item():
    answer = await client.get(f"{STOCK}/item")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_price():
    answer = await client.get(f"{PRICES}/price")
    answer.raise_for_status()
    return PlainTextResponse(answer.text)


async def tell_health():
    return PlainTextResponse("ok")


# --- to here


async def tell(do):
    try:
        return await do()
    except httpx.TimeoutException:
        return PlainTextResponse("no answer in time", 504)
    except httpx.HTTPError:
        return PlainTextResponse("no good answer", 502)


async def hangs_up(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


def endpoint(do):
    async def answer(request):
        """
        Nobody works for a customer who has gone: the work is cancelled.
        """
        work = asyncio.ensure_future(tell(do))
        gone = asyncio.ensure_future(hangs_up(request))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
            log.info("a customer has gone")
            return PlainTextResponse("", 499)
        return work.result()

    return answer


app = Starlette(
    routes=[
        Route("/item", endpoint(tell_item)),
        Route("/price", endpoint(tell_price)),
        Route("/healthz", endpoint(tell_health)),
    ],
)
