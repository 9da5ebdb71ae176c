"""
Shows the bestsellers of a shop, from a query that is too slow to run for everybody.
"""

import asyncio
import logging
import os

import psycopg
from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

FRESH_SECONDS = int(os.environ.get("FRESH_SECONDS", "60"))  # an answer is good for so long
QUERY_SECONDS = int(os.environ.get("QUERY_SECONDS", "2"))  # the database ends what takes longer

redis = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        os.environ.get("REDIS_URL", "redis://127.0.0.1"), max_connections=8, timeout=10
    )
)
connections = asyncio.Semaphore(10)  # to the database


async def ask_database():
    limit = f"-c statement_timeout={QUERY_SECONDS}s"
    async with (
        connections,
        await psycopg.AsyncConnection.connect(
            os.environ["DATABASE_URL"], options=limit
        ) as connection,
    ):
        cursor = await connection.execute("SELECT bestsellers()")
        return (await cursor.fetchone())[0]


# --- yours from here
# TODO: when the answer has expired, only one reader of all processes asks the database.
async def get_bestsellers():
    answer = await redis.get("bestsellers")
    if answer is None:
        answer = await ask_database()
        await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    return answer


# --- to here


async def show_bestsellers(request):
    log.info("asked")
    return PlainTextResponse(await get_bestsellers())


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[Route("/bestsellers", show_bestsellers), Route("/healthz", healthz)],
)
