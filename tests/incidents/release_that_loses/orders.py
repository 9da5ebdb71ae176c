"""
Taking an order: answered first, and written with others, once a second.
"""

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .database import engine

NUMBER = text("SELECT nextval('orders_id_seq')")
INSERT = text("INSERT INTO orders (id, item) VALUES (:id, :item)")

waiting: list[dict[str, int]] = []
writing: list[asyncio.Task[None]] = []


async def take_order(request: Request) -> JSONResponse:
    if not writing:
        writing.append(asyncio.create_task(write()))
    async with engine.connect() as connection:
        number: int = (await connection.execute(NUMBER)).scalar_one()
    waiting.append({"id": number, "item": (await request.json())["item"]})
    return JSONResponse({"order": number}, 201)


async def write() -> None:
    while True:
        await asyncio.sleep(1)
        batch = waiting.copy()
        waiting.clear()
        if batch:
            async with engine.begin() as connection:
                await connection.execute(INSERT, batch)
