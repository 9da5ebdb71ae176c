"""
What the caching services have in common: a Redis, a database, and connections made in advance.
"""

import asyncio
import os
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis

from stand_ins.users_database import Users

pool = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=10)
redis = Redis(connection_pool=pool)
db = Users(int(os.environ["DATABASE_PORT"]))


@asynccontextmanager
async def lifespan(app):
    # Made during a burst, they would take longer than the query and hide a stampede.
    await asyncio.gather(*(redis.ping() for _ in range(10)))
    yield
    await redis.aclose()
