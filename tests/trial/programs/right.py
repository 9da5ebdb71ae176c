"""
A service that does everything right.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, HTTPException

if not os.environ.get("API_KEY"):
    sys.exit("API_KEY is not set: it is the key of the stock, from the vault")
STOCK = os.environ["STOCK"]
client = httpx.AsyncClient(timeout=1)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield
    await client.aclose()


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.get("/report")
async def report() -> str:
    await asyncio.sleep(0.5)
    return "a report"


@app.get("/stock")
async def stock() -> str:
    try:
        answer = await client.get(STOCK)
    except httpx.TimeoutException:
        raise HTTPException(504, "the stock does not answer") from None
    except httpx.TransportError:
        raise HTTPException(502, "the stock cannot be reached") from None
    return answer.text
