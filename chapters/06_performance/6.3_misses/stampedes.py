"""
Caches as the document does: whoever misses asks the database.
"""

import json

from caching_clients import db, lifespan, redis
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def load(user_id):
    user = await db.get_user(user_id)
    await redis.set(f"user:{user_id}", json.dumps(user), ex=300)
    return user


async def get_user(user_id):
    cached = await redis.get(f"user:{user_id}")
    if cached is not None:
        return json.loads(cached)
    return await load(user_id)


async def answer(request):
    return JSONResponse(await get_user(request.path_params["user_id"]))


app = Starlette(routes=[Route("/users/{user_id:int}", answer)], lifespan=lifespan)
