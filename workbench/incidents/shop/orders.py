"""
Taking an order: written, charged, and only then committed.
"""

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .charges import charge
from .database import engine
from .settings import log

INSERT = text("INSERT INTO orders (item) VALUES (:item) RETURNING id")


async def take_order(request: Request) -> JSONResponse:
    item, request_id = (await request.json())["item"], request.state.id
    async with engine.connect() as connection:
        order = (await connection.execute(INSERT, {"item": item})).scalar_one()
        outcome = await charge(order, request_id)
        if outcome == "paid":
            await connection.commit()
            return JSONResponse({"order": order}, 201)
        await connection.rollback()
    if outcome == "declined":
        log("info", "declined by the bank", id=request_id)
        return JSONResponse({"error": "declined"}, 402)
    log("error", "order failed: payments", id=request_id)
    return JSONResponse({"error": "payments"}, 504)
