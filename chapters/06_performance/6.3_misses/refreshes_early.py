"""
Single-flight, and a user who is good for a second; now and then a reader loads her earlier.
"""

import asyncio
import json
import math
import os
import random
import time

from caching_clients import db, lifespan, redis
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

KEY = os.environ["KEY"]
BETA = 2  # how early: 1 is the paper's, more is earlier
loading = {}


async def load(user_id):
    began = time.time()
    user = await db.get_user(user_id)
    entry = {"user": user, "took": time.time() - began, "expires": time.time() + 1}
    await redis.set(KEY, json.dumps(entry), px=1000)


def is_due(entry):
    early = -math.log(1 - random.random()) * BETA * entry["took"]  # mostly little, seldom much
    return time.time() + early > entry["expires"]


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
    if is_due(json.loads(cached)):
        shared_load(user_id)  # nobody waits for it
    return PlainTextResponse("at once")


app = Starlette(routes=[Route("/users/{user_id:int}", answer)], lifespan=lifespan)
