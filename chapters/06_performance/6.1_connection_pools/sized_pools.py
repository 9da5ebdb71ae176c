import os

import httpx
from sqlalchemy import create_engine

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1/postgres")

# 数据库连接池
# Four processes during a deployment: 4 × (5 + 4) = 36 of 40 places.
engine = create_engine(
    DATABASE_URL,
    pool_size=5,
    max_overflow=4,
    pool_pre_ping=True,
    pool_timeout=2,  # less than our callers wait for us
)

# HTTP 客户端连接池
limits = httpx.Limits(
    max_connections=100,
    max_keepalive_connections=100,  # as many as are in use
    keepalive_expiry=2,  # less than the 5 s after which the provider closes
)


def build_client():
    """One for each provider, in the lifespan of the process."""
    return httpx.AsyncClient(limits=limits, timeout=2)
