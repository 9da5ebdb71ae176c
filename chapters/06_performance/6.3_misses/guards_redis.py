"""
Leaves a Redis alone that did not answer three times, and tries it again a second later.
"""

import json
import os

from circuitbreaker import CircuitBreakerError, circuit
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


@circuit(failure_threshold=3, recovery_timeout=1, expected_exception=RedisError)
async def ask_redis(*command):
    return await redis.execute_command(*command)


async def ask(*command):
    try:
        return await ask_redis(*command)
    except (RedisError, CircuitBreakerError):
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
