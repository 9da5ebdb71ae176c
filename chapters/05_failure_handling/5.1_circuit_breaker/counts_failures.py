"""
Asks the stock through a circuit breaker that counts what the stock is to blame for.
"""

import os

import httpx
from circuitbreaker import CircuitBreakerError, CircuitBreakerMonitor, circuit
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from stand_ins.transient import NO_ANSWER

TIMEOUT = float(os.environ.get("TIMEOUT", "0.4"))
OPEN_SECONDS = float(os.environ.get("OPEN_SECONDS", "30"))

client = httpx.AsyncClient(base_url=os.environ["STOCK"], timeout=TIMEOUT)


def blames_stock(kind, error):
    if issubclass(kind, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return issubclass(kind, NO_ANSWER)


@circuit(5, OPEN_SECONDS, expected_exception=blames_stock)
async def ask_stock():
    answer = await client.get("/item")
    answer.raise_for_status()
    return answer.text


def state():
    return CircuitBreakerMonitor.get("ask_stock").state.replace("_", "-")


async def item(request):
    before = state()
    try:
        await ask_stock()
        status = 200
    except CircuitBreakerError:
        status = 503
    except httpx.TimeoutException:
        status = 504
    except httpx.HTTPStatusError as error:
        status = 404 if error.response.status_code == 404 else 502
    except httpx.TransportError:
        status = 502
    return JSONResponse({"states": [before, state()], "pid": os.getpid()}, status)


app = Starlette(routes=[Route("/item", item)])
