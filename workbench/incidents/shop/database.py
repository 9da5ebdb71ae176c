"""
The pool of connections to PostgreSQL. Each logs in with the password that is known by then.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from .settings import DATABASE_URL, secrets, settings

WAIT = 0.3  # seconds for a connection, then the request fails

engine = create_async_engine(
    DATABASE_URL,
    pool_size=settings["pool"],
    max_overflow=0,
    pool_timeout=WAIT,
    pool_pre_ping=True,
)


@event.listens_for(engine.sync_engine, "do_connect")
def log_in(_dialect: Any, _record: Any, _arguments: Any, how: dict[str, Any]) -> None:
    how["password"] = secrets["database"]
