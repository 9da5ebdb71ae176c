"""
One of several backends behind a load balancer that asks /readyz every few seconds.
"""

import asyncio
import os
import signal
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
ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def step_aside():
        global ready
        ready = False
        # The loop goes on meanwhile; a sleep here would stop it.
        loop.call_later(DRAIN_SECONDS, the_servers, signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, step_aside)  # it is called by the loop
    yield


# --- to here

app = Starlette(
    routes=[Route("/work", work), Route("/livez", livez), Route("/readyz", readyz)],
    lifespan=lifespan,
)
