"""
The document's get_user, repaired: nobody, hundreds at once, an update, and no Redis.
"""

import asyncio
import json
import random

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

FRESH, NOBODY, PATIENCE = 300, 5, 0.2  # seconds: of a user, of an absence, for Redis

redis = db = None  # the notebook lends both; redis is a client() of this module
loading = {}


def client(url):
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=10,
        timeout=PATIENCE,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),  # the database is the second try
    )
    return Redis(connection_pool=pool)


async def get_user(user_id):
    try:
        cached = await redis.get(f"user:{{{user_id}}}")
    except RedisError:
        cached = None
    return json.loads(cached) if cached is not None else await shared_load(user_id)


def shared_load(user_id):
    if user_id not in loading:
        loading[user_id] = asyncio.create_task(load(user_id))
        loading[user_id].add_done_callback(lambda _: loading.pop(user_id))
    return asyncio.shield(loading[user_id])  # whose time is up must not end it for others


async def load(user_id):
    found = []
    try:
        async with redis.pipeline() as pipe:
            await pipe.watch(f"version:{{{user_id}}}")
            found.append(await db.get_user(user_id))
            pipe.multi()
            pipe.set(f"user:{{{user_id}}}", json.dumps(found[0]), ex=lifetime(found[0]))
            await pipe.execute()
    except RedisError:  # changed meanwhile, or no Redis: good for those who wait, not kept
        if not found:
            return await db.get_user(user_id)
    return found[0]


def lifetime(user):
    return NOBODY if user is None else int(FRESH * random.uniform(0.8, 1.2))


async def changed(user_id):
    """
    Say so after each write, also after the first.
    """
    async with redis.pipeline() as pipe:
        pipe.incr(f"version:{{{user_id}}}").expire(f"version:{{{user_id}}}", FRESH)
        await pipe.delete(f"user:{{{user_id}}}").execute()
