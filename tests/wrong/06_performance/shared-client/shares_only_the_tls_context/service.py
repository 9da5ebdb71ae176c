"""
Tells customers a price, which it asks of a provider.
"""

import os
import ssl
import sys
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PROVIDER = os.environ.get("PROVIDER", "http://127.0.0.1:8001")


# --- yours from here
CONTEXT = ssl.create_default_context()


@asynccontextmanager
async def lifespan(app):
    yield


async def price(request):
    async with httpx.AsyncClient(verify=CONTEXT) as client:
        answer = await client.get(f"{PROVIDER}/price")
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
