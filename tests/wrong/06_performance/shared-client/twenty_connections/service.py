"""
Tells customers a price, which it asks of a provider.
"""

import os
import sys
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PROVIDER = os.environ.get("PROVIDER", "http://127.0.0.1:8001")


# --- yours from here
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=20)


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(limits=LIMITS) as app.state.client:
        yield


async def price(request):
    answer = await app.state.client.get(f"{PROVIDER}/price")
    return PlainTextResponse(answer.text)


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[Route("/price", price), Route("/healthz", healthz)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]))
