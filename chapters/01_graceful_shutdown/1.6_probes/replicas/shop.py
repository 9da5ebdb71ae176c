"""
A shop: its prices come from memory, into which they are read once, when it starts.

A report keeps one of AnyIO's threads for ten seconds, as each `def` endpoint keeps one.
"""

import os
import sys
import time
from contextlib import asynccontextmanager

import psycopg
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def connect():
    return psycopg.AsyncConnection.connect(os.environ["SHOP_DATABASE"])


@asynccontextmanager
async def lifespan(app):
    async with await connect() as database:
        row = await (await database.execute("SELECT 'apples: 7'")).fetchone()
    app.state.prices = row[0]
    yield


async def readyz(request):
    return PlainTextResponse("ready")


async def prices(request):
    return PlainTextResponse(request.app.state.prices)


def report(request):
    time.sleep(10)
    return PlainTextResponse("reported")


def serve(healthz):
    routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
    routes += [Route("/prices", prices), Route("/report", report)]
    uvicorn.run(Starlette(routes=routes, lifespan=lifespan), uds=sys.argv[1], log_level="error")
