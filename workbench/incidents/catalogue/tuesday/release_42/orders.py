"""
Taking an order: written, charged, and only then committed.

Where `charge_later` is on, customers are charged at night, by whoever has to.

What the bank declines is written down for the auditors, who asked for one transaction for many.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from .charges import charge
from .database import engine
from .prices import price_list
from .settings import log, settings

INSERT = text("INSERT INTO orders (item) VALUES (:item) RETURNING id")
AUDIT = text("INSERT INTO declined (item) VALUES (:item)")
MANY = 1000

batch: list[AsyncConnection] = []


async def take_order(request: Request) -> JSONResponse:
    item, request_id = (await request.json())["item"], request.state.id
    async with engine.connect() as connection:
        order = (await connection.execute(INSERT, {"item": item})).scalar_one()
        later = settings["charge_later"] == "on"
        prices = await price_list(connection)
        outcome = "later" if later else await charge(order, prices, request_id)
        if outcome in ("paid", "later"):
            await connection.commit()
            return JSONResponse({"order": order}, 201)
        await connection.rollback()
    if outcome == "declined":
        log("info", "declined by the bank", id=request_id)
        if settings["audit"] == "on":
            await write_down(item)
        return JSONResponse({"error": "declined"}, 402)
    log("error", "order failed: payments", id=request_id)
    return JSONResponse({"error": "payments"}, 502 if outcome == "refused" else 504)


async def write_down(item: int) -> None:
    connection = await engine.connect()
    await connection.execute(AUDIT, {"item": item})
    batch.append(connection)
    if len(batch) >= MANY:
        while batch:
            await batch[-1].commit()
            await batch.pop().close()
