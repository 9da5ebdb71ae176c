"""
One of several backends behind a load balancer that asks /readyz every few seconds.
"""

import asyncio
import os
import sys

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


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global ready
        ready = False
        # The loop goes on meanwhile; a sleep here would stop it.
        loop = asyncio.get_running_loop()
        end = super().handle_exit
        loop.call_soon_threadsafe(loop.call_later, DRAIN_SECONDS, end, sig, frame)


# --- to here

app = Starlette(
    routes=[Route("/work", work), Route("/livez", livez), Route("/readyz", readyz)],
)

if __name__ == "__main__":
    Server(uvicorn.Config(app, port=int(sys.argv[1]))).run()
