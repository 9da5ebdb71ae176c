"""
The pool of connections to PostgreSQL.
"""

from sqlalchemy.ext.asyncio import create_async_engine

from .settings import DATABASE_URL, settings

WAIT = 0.3  # seconds for a connection, then the request fails

engine = create_async_engine(
    DATABASE_URL,
    pool_size=settings["pool"],
    max_overflow=0,
    pool_timeout=WAIT,
    pool_pre_ping=True,
)
