"""
Answers with the price of the day: from Redis, or else from the database.
"""

import asyncio
import os
from contextlib import suppress

import psycopg
from redis.asyncio import Redis
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
redis = Redis.from_url(REDIS_URL)


async def get_price():
    price = None
    with suppress(RedisError):
        price = await redis.get("price")
    if price is None:
        price = await ask_database()
        with suppress(RedisError):
            await redis.set("price", price, ex=FRESH_SECONDS)
    return price


# --- to here


async def show_price(request):
    return PlainTextResponse(await get_price())


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(routes=[Route("/price", show_price), Route("/healthz", healthz)])
