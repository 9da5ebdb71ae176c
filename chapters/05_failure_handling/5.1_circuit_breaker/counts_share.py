"""
Asks the stock through our own breaker: a share of failures opens it, one probe closes it.
"""

import os

import httpx
from failure_rate_breaker import Breaker, BreakerOpen
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from stand_ins.transient import NO_ANSWER

TIMEOUT = float(os.environ.get("TIMEOUT", "0.4"))
OPEN_SECONDS = float(os.environ.get("OPEN_SECONDS", "30"))

client = httpx.AsyncClient(base_url=os.environ["STOCK"], timeout=TIMEOUT)


def blames_stock(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, NO_ANSWER)


breaker = Breaker(blames_stock, open_seconds=OPEN_SECONDS)


async def ask_stock():
    answer = await client.get("/item")
    answer.raise_for_status()
    return answer.text


async def item(request):
    before = breaker.state
    try:
        await breaker.call(ask_stock)
        status = 200
    except BreakerOpen:
        status = 503
    except httpx.TimeoutException:
        status = 504
    except httpx.HTTPStatusError as error:
        status = 404 if error.response.status_code == 404 else 502
    except httpx.TransportError:
        status = 502
    return JSONResponse({"states": [before, breaker.state], "pid": os.getpid()}, status)


app = Starlette(routes=[Route("/item", item)])
