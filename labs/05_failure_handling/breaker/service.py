"""
Tells customers what is in stock, which it asks of somebody else's service.
"""

import asyncio
import logging
import os
import time
from collections import deque

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

STOCK = os.environ.get("STOCK", "http://127.0.0.1:8001")
TIMEOUT = float(os.environ.get("TIMEOUT", "1"))
OPEN_SECONDS = float(os.environ.get("OPEN_SECONDS", "10"))  # from opening to the probe
CONNECTIONS = int(os.environ.get("CONNECTIONS", "20"))  # to the stock, at most
POOL_SECONDS = float(os.environ.get("POOL_SECONDS", "1"))  # to wait for a free one

client = httpx.AsyncClient(
    base_url=STOCK,
    timeout=httpx.Timeout(TIMEOUT, pool=POOL_SECONDS),
    limits=httpx.Limits(max_connections=CONNECTIONS),
)


class BreakerOpen(Exception):
    """
    The stock was not asked.
    """


# --- yours from here
# TODO: after too many failures of the stock, and only of the stock, raise BreakerOpen and do
# not call; after OPEN_SECONDS let one call try.
class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)
        self.opened = time.monotonic()

    async def call(self, ask):
        return await ask()


async def ask_stock(number):
    return await client.get(f"/items/{number}")


# --- to here

breaker = Breaker()


async def tell_item(number):
    try:
        answer = await breaker.call(lambda: ask_stock(number))
    except BreakerOpen:
        return PlainTextResponse("try again later", 503)
    except httpx.HTTPStatusError as error:
        answer = error.response
    except httpx.PoolTimeout:
        return PlainTextResponse("no connection to the stock is free", 503)
    except httpx.TimeoutException:
        return PlainTextResponse("the stock does not answer", 504)
    except httpx.TransportError:
        return PlainTextResponse("the stock is not there", 502)
    status = answer.status_code if answer.status_code < 500 else 502
    return PlainTextResponse(answer.text, status)


async def hangs_up(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def item(request):
    """
    Nobody works for a customer who has gone: the work is cancelled.
    """
    work = asyncio.ensure_future(tell_item(request.path_params["number"]))
    gone = asyncio.ensure_future(hangs_up(request))
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not work.done():
        work.cancel()
        await asyncio.wait({work})
        log.info("a customer has gone")
        return PlainTextResponse("", 499)
    return work.result()


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/items/{number:int}", item), Route("/healthz", healthz)])
