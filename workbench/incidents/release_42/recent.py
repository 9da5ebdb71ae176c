"""
The newest orders.
"""

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from .database import engine

NEWEST = text("SELECT id, item FROM orders ORDER BY id DESC LIMIT 8")


async def recent_orders(_: Request) -> JSONResponse:
    async with engine.connect() as connection:
        rows = await connection.execute(NEWEST)
        return JSONResponse([list(row) for row in rows])
