"""
A lock that all processes share, in Redis, without Lua.
"""

import asyncio
import secrets
from contextlib import asynccontextmanager, suppress

from redis.exceptions import WatchError


@asynccontextmanager
async def lock(redis, name, seconds=5):
    token = secrets.token_bytes(8)
    ms = int(1000 * seconds)
    while not await redis.set(name, token, nx=True, px=ms):  # a dead holder's ends itself
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        with suppress(WatchError):
            await release(redis, name, token)


async def release(redis, name, token):
    async with redis.pipeline() as pipe:
        await pipe.watch(name)
        if await pipe.get(name) == token:  # not another's, after our seconds were over
            pipe.multi()
            pipe.delete(name)
            await pipe.execute()
