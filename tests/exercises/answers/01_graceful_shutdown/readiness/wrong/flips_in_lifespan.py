"""
One of several backends behind a load balancer that asks /readyz every few seconds.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

# How long the balancer may take until it has noticed that we are not ready.
DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "10"))


async def work(request):
    await asyncio.sleep(0.01)
    return PlainTextResponse("done")


async def livez(request):
    return PlainTextResponse("alive")


# --- yours from here
ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    yield
    global ready
    ready = False
    await asyncio.sleep(DRAIN_SECONDS)


class Server(uvicorn.Server):
    pass


# --- to here

app = Starlette(
    routes=[Route("/work", work), Route("/livez", livez), Route("/readyz", readyz)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    Server(uvicorn.Config(app, port=int(sys.argv[1]))).run()
