"""
One of several backends behind a load balancer that asks /readyz every few seconds.
"""

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

# How long the balancer may take until it has noticed that we are not ready.
DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", "10"))


ready = True
last = 0.0


async def work(request):
    global last
    last = time.monotonic()
    await asyncio.sleep(float(request.query_params.get("seconds", "0.01")))
    return PlainTextResponse("done")


async def livez(request):
    return PlainTextResponse("alive")


# --- yours from here
async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


async def drain(the_servers):
    await asyncio.sleep(DRAIN_SECONDS)
    while True:  # do not slam the door
        await asyncio.sleep(0.1)
        if time.monotonic() - last > 0.5:
            break
    the_servers(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    draining = set()

    def step_aside():
        global ready
        if ready:
            ready = False
            draining.add(loop.create_task(drain(the_servers)))

    loop.add_signal_handler(signal.SIGTERM, step_aside)
    yield


# --- to here

app = Starlette(
    routes=[Route("/work", work), Route("/livez", livez), Route("/readyz", readyz)],
    lifespan=lifespan,
)
