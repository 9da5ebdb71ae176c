"""
Reads a price, and holds the connection while it asks a provider. An async engine.
"""

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

engine = create_async_engine(
    os.environ["DATABASE_URL"], pool_size=5, max_overflow=0, pool_timeout=0.8
)


async def buy(request):
    print("buys", flush=True)
    async with engine.connect() as connection:
        price = await connection.scalar(text("SELECT 42"))
        await asyncio.sleep(0.2)  # the provider
    return PlainTextResponse(str(price))


async def ping(request):
    return PlainTextResponse("pong")


app = Starlette(routes=[Route("/buy", buy), Route("/ping", ping)])
