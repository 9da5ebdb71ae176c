"""
Takes orders, and writes them down a hundred at a time.
"""

import asyncio
import logging
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

ORDERS = Path(os.environ.get("ORDERS", "orders.txt"))


async def calculate_quote(request):
    log.info("quote begun")
    await asyncio.sleep(random.uniform(1, 2))
    return PlainTextResponse("42")


async def healthz(request):
    return PlainTextResponse("ok")


# --- yours from here
# TODO: whoever is told "accepted" must be told the truth, and SIGTERM must lose no request.
unwritten = []


def write_down():
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in unwritten)
    unwritten.clear()


async def accept_order(request):
    order = (await request.body()).decode()
    unwritten.append(order)
    if len(unwritten) == 100:
        write_down()
    return PlainTextResponse("accepted")


def stop(signum, frame):
    print("goodbye", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)


@asynccontextmanager
async def lifespan(app):
    yield


# --- to here

app = Starlette(
    routes=[
        Route("/orders", accept_order, methods=["POST"]),
        Route("/quote", calculate_quote),
        Route("/healthz", healthz),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.Server(uvicorn.Config("service:app", port=int(sys.argv[1]))).run()
