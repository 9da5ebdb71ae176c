"""
One worker of a fleet: makes reports, and nearly all of the time waits for the database.
"""

import logging
import os
import sys
from contextlib import asynccontextmanager

import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://127.0.0.1/reports")
WORKERS = int(os.environ.get("WORKERS", "2"))  # of a generation, each with its own pool
MAX_CONNECTIONS = int(os.environ.get("MAX_CONNECTIONS", "18"))  # of the database's settings

# --- yours from here
# The database keeps three for superusers, and we keep one for the administrator. While it is
# deployed, there are the workers of two generations.
share = (MAX_CONNECTIONS - 3 - 1) // (2 * WORKERS)
engine = create_async_engine(DATABASE_URL, pool_size=share, max_overflow=0)
# --- to here


async def make_report(request):
    log.info("report begun")
    async with engine.connect() as connection:
        await connection.execute(text("SELECT make_report()"))
    return PlainTextResponse("report")


async def healthz(request):
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    yield
    await engine.dispose()


app = Starlette(
    routes=[Route("/reports", make_report), Route("/healthz", healthz)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]))
