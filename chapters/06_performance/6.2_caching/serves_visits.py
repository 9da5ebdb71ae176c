"""
Every request asks for another of 600 users, in random order, until all have been asked for.
"""

import asyncio
import json
import os
import random
from contextlib import asynccontextmanager
from itertools import cycle

from redis.asyncio import BlockingConnectionPool, Redis
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from stand_ins.users_database import Users

pool = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=10)
redis = Redis(connection_pool=pool)
db = Users(int(os.environ["DATABASE_PORT"]))

random.seed(62)
visits = cycle(random.sample(range(1, 601), 600))


async def get_user(user_id):
    cached = await redis.get(f"user:{user_id}")
    if cached is not None:
        return json.loads(cached)
    user = await db.get_user(user_id)
    await redis.set(f"user:{user_id}", json.dumps(user), ex=300)
    return user


async def answer(request):
    return JSONResponse(await get_user(next(visits)))


@asynccontextmanager
async def lifespan(app):
    await asyncio.gather(*(redis.ping() for _ in range(10)))  # who comes first waits for none
    yield
    await redis.aclose()


app = Starlette(routes=[Route("/", answer)], lifespan=lifespan)
