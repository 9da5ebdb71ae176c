"""
Answers with the price of the day: from Redis, or else from the database.
"""

import asyncio
import os
import time

import psycopg
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1")
FRESH_SECONDS = 60

connections = asyncio.Semaphore(10)  # to the database


async def ask_database():
    async with (
        connections,
        await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"]) as connection,
    ):
        cursor = await connection.execute("SELECT price_of_the_day()")
        return (await cursor.fetchone())[0]


# --- yours from here
CACHE_SECONDS = 0.1  # what a cache may cost: far less than a customer's patience

redis = Redis(
    connection_pool=BlockingConnectionPool.from_url(
        REDIS_URL,
        max_connections=10,
        timeout=CACHE_SECONDS,  # for a free connection
        socket_connect_timeout=CACHE_SECONDS,
        socket_timeout=CACHE_SECONDS,
        retry=Retry(NoBackoff(), 0),  # the database answers sooner than a second try
    )
)

try_again = 0.0  # not before


async def get_price():
    global try_again
    price = None
    if time.monotonic() < try_again:
        return await ask_database()
    try:
        if (price := await redis.get("price")) is None:
            price = await ask_database()
            await redis.set("price", price, ex=FRESH_SECONDS)
    except RedisError:
        try_again = time.monotonic() + 1
    return price or await ask_database()


# --- to here


async def show_price(request):
    return PlainTextResponse(await get_price())


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/price", show_price), Route("/healthz", healthz)])
