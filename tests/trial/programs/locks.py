"""
Starlette: with a lock file that only an orderly end removes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

LOCK = Path("shop.lock")


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    if LOCK.exists():
        msg = f"{LOCK} exists: already running?"
        raise RuntimeError(msg)
    LOCK.touch()
    yield
    LOCK.unlink()


app = Starlette(lifespan=lifespan)
