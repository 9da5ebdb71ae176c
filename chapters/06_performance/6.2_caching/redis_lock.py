"""
A lock that all processes share, in Redis, without Lua.
"""

import asyncio
import secrets
from contextlib import asynccontextmanager, suppress

from caching_clients import redis
from redis.exceptions import WatchError


@asynccontextmanager
async def lock(name):
    token = secrets.token_bytes(8)
    while not await redis.set(name, token, nx=True, px=5000):  # a dead holder's ends itself
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        with suppress(WatchError):
            await release(name, token)


async def release(name, token):
    async with redis.pipeline() as pipe:
        await pipe.watch(name)
        if await pipe.get(name) == token:  # not another's, after our five seconds were over
            pipe.multi()
            pipe.delete(name)
            await pipe.execute()
