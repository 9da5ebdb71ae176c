"""
Which price list is in force: kept in the process, until Redis names another one.
"""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from .settings import settings
from .stock import cache

NEWEST = text("SELECT max(number) FROM price_lists")
EVERY = 0.5  # seconds

_kept: int | None = None
_listening: asyncio.Task[None] | None = None


async def price_list(connection: AsyncConnection) -> int:
    global _kept, _listening
    if _listening is None:
        _listening = asyncio.create_task(listen())
    if _kept is None or settings["keep_prices"] == "off":
        _kept = (await connection.execute(NEWEST)).scalar_one()
    return _kept


async def listen() -> None:
    """
    Forget what is kept when there is another.
    """
    global _kept
    while True:
        named = await cache.get("price-list")
        if named is not None and int(named) != _kept:
            _kept = None
        await asyncio.sleep(EVERY)
