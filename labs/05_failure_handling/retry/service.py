"""
Tells what a parcel weighs, which it asks of a depot.
"""

import os
import sys
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tenacity import retry, stop_after_attempt, wait_exponential

DEPOT = os.environ.get("DEPOT", "http://127.0.0.1:8001")
DEADLINE_SECONDS = 3

client = httpx.AsyncClient(timeout=6)


# --- yours from here
# TODO: repeat what may succeed a moment later, and nothing else; not all callers at the same
# moment; and tell the caller what was wrong, by the deadline.
@retry(
    wait=wait_exponential(multiplier=1, min=1, max=10),
    stop=stop_after_attempt(3),
)
async def fetch(parcel):
    answer = await client.get(f"{DEPOT}/parcels/{parcel}")
    answer.raise_for_status()
    return answer.json()["grams"]


async def weigh(request):
    grams = await fetch(request.path_params["parcel"])
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
