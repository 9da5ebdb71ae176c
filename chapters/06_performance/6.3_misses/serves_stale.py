"""
Stale-while-revalidate: an old user at once, and a new one loaded behind the answer.
"""

import asyncio
import json

from caching_clients import db, lifespan, redis
from redis_lock import lock
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

FRESH, STALE = 300, 3600  # seconds as good as new, seconds more as a stopgap

loading = {}


async def look(user_id):
    async with redis.pipeline(transaction=False) as pipe:
        cached, left = await pipe.get(f"user:{user_id}").ttl(f"user:{user_id}").execute()
    return cached, left > STALE


async def load(user_id):
    async with lock(redis, f"lock:user:{user_id}"):
        cached, fresh = await look(user_id)  # the holder before us may have stored it
        if fresh:
            return json.loads(cached)
        user = await db.get_user(user_id)
        await redis.set(f"user:{user_id}", json.dumps(user), ex=FRESH + STALE)
        return user


def shared_load(user_id):
    if user_id not in loading:
        loading[user_id] = asyncio.create_task(load(user_id))
        loading[user_id].add_done_callback(lambda _: loading.pop(user_id))
    return asyncio.shield(loading[user_id])  # whose time is up must not end it


def tell(load):
    print("a load behind an answer has ended", flush=True)  # nobody waits for it


async def get_user(user_id):
    cached, fresh = await look(user_id)
    if cached is None:
        return await shared_load(user_id)
    if not fresh and user_id not in loading:
        shared_load(user_id).add_done_callback(tell)
    return json.loads(cached)


async def answer(request):
    return JSONResponse(await get_user(request.path_params["user_id"]))


app = Starlette(routes=[Route("/users/{user_id:int}", answer)], lifespan=lifespan)
