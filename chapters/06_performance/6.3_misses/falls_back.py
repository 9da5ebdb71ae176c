"""
Gives Redis a tenth of a second; a cache that does not answer is a miss.
"""

import json
import os

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from stand_ins.users_database import Users

pool = BlockingConnectionPool.from_url(
    os.environ["REDIS_URL"],
    max_connections=10,
    timeout=0.1,  # for a connection of the pool
    socket_timeout=0.1,  # for an answer
    socket_connect_timeout=0.1,
)
redis = Redis(connection_pool=pool)
db = Users(int(os.environ["DATABASE_PORT"]))


async def ask(*command):
    try:
        return await redis.execute_command(*command)
    except RedisError:
        return None


async def get_user(user_id):
    cached = await ask("GET", f"user:{user_id}")
    if cached is not None:
        return json.loads(cached)
    user = await db.get_user(user_id)
    await ask("SET", f"user:{user_id}", json.dumps(user), "EX", 300)
    return user


async def answer(request):
    return JSONResponse(await get_user(request.path_params["user_id"]))


app = Starlette(routes=[Route("/users/{user_id:int}", answer)])
