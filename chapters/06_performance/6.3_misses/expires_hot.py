"""
Single-flight, and a user who is good for a second; says who has waited for a load.
"""

import asyncio
import json
import os

from caching_clients import db, lifespan, redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEY = os.environ["KEY"]
loading = {}


async def load(user_id):
    user = await db.get_user(user_id)
    await redis.set(KEY, json.dumps({"user": user}), px=1000)


def shared_load(user_id):
    if user_id not in loading:
        loading[user_id] = asyncio.create_task(load(user_id))
        loading[user_id].add_done_callback(lambda _: loading.pop(user_id))
    return asyncio.shield(loading[user_id])


async def answer(request):
    user_id = request.path_params["user_id"]
    cached = await redis.get(KEY)
    if cached is None:
        await shared_load(user_id)
        return PlainTextResponse("waited")
    return PlainTextResponse("at once")


app = Starlette(routes=[Route("/users/{user_id:int}", answer)], lifespan=lifespan)
