"""
Which price list is in force.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NEWEST = text("SELECT max(number) FROM price_lists")


async def price_list(connection: AsyncConnection) -> int:
    number: int = (await connection.execute(NEWEST)).scalar_one()
    return number
