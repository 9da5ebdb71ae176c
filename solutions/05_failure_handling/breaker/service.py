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
def verdict_on_stock(error):
    """
    True if the stock has failed, False if it has not, None if that says nothing of it.
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    if isinstance(error, httpx.PoolTimeout):  # it was not asked
        return None
    return True if isinstance(error, httpx.TransportError) else None


class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)  # True for a failure
        self.become("closed")

    def become(self, state):
        self.state = state
        self.since = time.monotonic()
        self.change = object()  # a call that began before another change is old news
        self.probing = False
        self.results.clear()

    async def call(self, ask):
        if self.state == "open" and time.monotonic() - self.since >= OPEN_SECONDS:
            self.become("half-open")
        if self.state == "open" or self.probing:
            raise BreakerOpen
        self.probing = self.state == "half-open"
        change, failed = self.change, None
        try:
            answer = await ask()
            failed = False
        except Exception as error:
            failed = verdict_on_stock(error)
            raise
        finally:  # a customer who has gone, too, gives back the right to try
            if change is self.change:
                self.note(failed)
        return answer

    def note(self, failed):
        self.probing = False
        if failed is None:
            return
        self.results.append(failed)
        if self.state == "half-open":
            self.become("open" if failed else "closed")
        elif sum(self.results) >= 5:
            self.become("open")


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer


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
