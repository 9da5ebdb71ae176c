"""
Sells things: reads the price, has the bank take it, writes the payment down.
"""

import os
import sys
from contextlib import asynccontextmanager

import httpx
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://127.0.0.1/shop")
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)
bank = httpx.AsyncClient(
    base_url=os.environ.get("BANK", "http://127.0.0.1:8001"), limits=LIMITS, timeout=30
)

READ_PRICE = text("SELECT price FROM products WHERE name = 'lamp'")
WRITE_PAYMENT = text("INSERT INTO payments (amount) VALUES (:amount)")

# --- yours from here
engine = create_async_engine(
    DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=0.001, pool_pre_ping=True
)


async def buy(request):
    async with engine.connect() as connection:
        price = await connection.scalar(READ_PRICE)
    await bank.post("/payments", json={"amount": price})
    async with engine.begin() as connection:
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    return PlainTextResponse("paid")


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    yield
    await bank.aclose()
    await engine.dispose()


app = Starlette(
    routes=[Route("/buy", buy, methods=["POST"]), Route("/healthz", healthz)],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]))
