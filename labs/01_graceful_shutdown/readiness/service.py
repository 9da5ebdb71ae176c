"""
One of several backends behind a load balancer that asks /readyz every few seconds.
"""

import asyncio
import os
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

# How long the balancer may take until it has noticed that we are not ready.
DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "10"))


async def work(request):
    await asyncio.sleep(float(request.query_params.get("seconds", "0.01")))
    return PlainTextResponse("done")


async def livez(request):
    return PlainTextResponse("alive")


# --- yours from here
# TODO: after SIGTERM be not ready, but go on working, for DRAIN_SECONDS; then end.
async def readyz(request):
    return PlainTextResponse("ready")


@asynccontextmanager
async def lifespan(app):
    yield


# --- to here

app = Starlette(
    routes=[Route("/work", work), Route("/livez", livez), Route("/readyz", readyz)],
    lifespan=lifespan,
)
