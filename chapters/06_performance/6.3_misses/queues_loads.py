"""
Takes a lock before it loads, so that processes load one after the other.
"""

import asyncio
import json

from caching_clients import db, lifespan, redis
from redis_lock import lock
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

loading = {}


async def load(user_id):
    async with lock(redis, f"lock:user:{user_id}"):
        user = await db.get_user(user_id)
        await redis.set(f"user:{user_id}", json.dumps(user), ex=300)
        return user


def shared_load(user_id):
    if user_id not in loading:
        loading[user_id] = asyncio.create_task(load(user_id))
        loading[user_id].add_done_callback(lambda _: loading.pop(user_id))
    return asyncio.shield(loading[user_id])  # whose time is up must not end it


async def get_user(user_id):
    cached = await redis.get(f"user:{user_id}")
    if cached is not None:
        return json.loads(cached)
    return await shared_load(user_id)


async def answer(request):
    return JSONResponse(await get_user(request.path_params["user_id"]))


app = Starlette(routes=[Route("/users/{user_id:int}", answer)], lifespan=lifespan)
