"""
Takes orders, and writes them down a hundred at a time.
"""

import asyncio
import logging
import os
import random
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
def write_down(order):
    with ORDERS.open("a") as file:  # one write, at the end: each worker's lines stay whole
        file.write(f"{order}\n")


async def accept_order(request):
    order = (await request.body()).decode()
    try:
        await asyncio.to_thread(write_down, order)  # the event loop waits for no disk
    except OSError as error:
        log.error("cannot write %s: %s", ORDERS, error)
        return PlainTextResponse("not accepted, send it again", 503)
    return PlainTextResponse("accepted")


# No signal handler: the server has its own, which drains.
@asynccontextmanager
async def lifespan(app):
    yield  # and nothing is left to do: what was accepted is in the file


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
