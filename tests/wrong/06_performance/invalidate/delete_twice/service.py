"""
Shows a price from Redis, or else from the database, where it can be changed.
"""

import asyncio
import os

import psycopg
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

FRESH_SECONDS = 60

redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1"), max_connections=10)
connections = asyncio.Semaphore(10)  # to the database


async def execute(query, *parameters):
    async with (
        connections,
        await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"]) as connection,
    ):
        return await connection.execute(query, parameters)


async def load_price():
    cursor = await execute("SELECT price_of('tea')")
    return (await cursor.fetchone())[0]


async def write_price(price):
    await execute("UPDATE prices SET price = %s WHERE product = 'tea'", price)


# --- yours from here
async def get_price():
    price = await redis.get("price")
    if price is None:
        price = await load_price()
        await redis.set("price", price, ex=FRESH_SECONDS)
    return price


async def change_price(price):
    await redis.delete("price")
    await write_price(price)
    await asyncio.sleep(0.5)
    await redis.delete("price")


# --- to here


async def show_price(request):
    return PlainTextResponse(await get_price())


async def put_price(request):
    await change_price(request.path_params["price"])
    return PlainTextResponse("changed")


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/price", show_price),
        Route("/price/{price}", put_price, methods=["PUT"]),
        Route("/healthz", healthz),
    ],
)
