"""
Asks the stock, and gives up after a while: a time-out, and nothing else.
"""

import os

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

TIMEOUT = float(os.environ.get("TIMEOUT", "0.4"))

client = httpx.AsyncClient(base_url=os.environ["STOCK"], timeout=TIMEOUT)


async def ask_stock():
    answer = await client.get("/item")
    answer.raise_for_status()
    return answer.text


async def item(request):
    try:
        await ask_stock()
        status = 200
    except httpx.TimeoutException:
        status = 504
    except httpx.HTTPStatusError as error:
        status = 404 if error.response.status_code == 404 else 502
    except httpx.TransportError:
        status = 502
    return JSONResponse({"states": [], "pid": os.getpid()}, status)


app = Starlette(routes=[Route("/item", item)])
