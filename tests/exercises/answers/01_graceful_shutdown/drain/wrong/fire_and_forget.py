"""
Takes orders, and writes them down a hundred at a time.
"""

import asyncio
import logging
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

ORDERS = Path(os.environ.get("ORDERS", "orders.txt"))
unwritten = []
tasks = []


def write_down():
    with ORDERS.open("a") as file:
        file.writelines(f"{order}\n" for order in unwritten)
    unwritten.clear()


async def write_soon():
    await asyncio.sleep(10)
    write_down()


async def accept_order(request):
    unwritten.append("one order")
    tasks.append(asyncio.create_task(write_soon()))
    return PlainTextResponse("accepted")


async def calculate_quote(request):
    log.info("quote begun")
    await asyncio.sleep(1)
    return PlainTextResponse("42")


async def healthz(request):
    return PlainTextResponse("ok")


# --- yours from here
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
