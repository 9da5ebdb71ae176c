"""
Tells what a parcel weighs, which it asks of a depot.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

DEPOT = os.environ.get("DEPOT", "http://127.0.0.1:8001")
DEADLINE_SECONDS = 3

client = httpx.AsyncClient(timeout=6)


# --- yours from here
def may_succeed(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    # A place that was missing in our own pool is no answer of the depot's.
    ours = isinstance(error, httpx.PoolTimeout)
    return isinstance(error, httpx.TransportError) and not ours


@retry(
    retry=retry_if_exception(may_succeed),
    wait=wait_random_exponential(multiplier=1, max=10),
    stop=stop_after_attempt(3),
    reraise=True,
)
async def fetch(parcel):
    answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    answer.raise_for_status()
    return answer.json()["grams"]


async def weigh(request):
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            grams = await fetch(request.path_params["parcel"])
    except (TimeoutError, httpx.TimeoutException):
        return PlainTextResponse("the depot does not answer", 504)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404:
            return PlainTextResponse("there is no such parcel", 404)
        return PlainTextResponse("the depot fails", 502)
    except httpx.TransportError:
        return PlainTextResponse("the depot fails", 502)
    return PlainTextResponse(str(grams))


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    async with client:
        yield


app = Starlette(
    routes=[Route("/parcels/{parcel}", weigh), Route("/healthz", healthz)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]))
