"""
Stores 100 users at the same moment, then reads all of them again and again.
"""

import asyncio
import json
import random
import sys
import time

from caching_clients import db, redis

random.seed(62)
jitter = float(sys.argv[1])


def ttl():
    """
    Two seconds, more or less; in milliseconds.
    """
    return int(2000 * random.uniform(1 - jitter, 1 + jitter))


async def store(users):
    async with redis.pipeline(transaction=False) as pipe:
        for user in users:
            pipe.set(f"user:{jitter}:{user['id']}", json.dumps(user), px=ttl())
        await pipe.execute()


async def main():
    numbers = range(1, 101)
    await store([{"id": number} for number in numbers])
    print("stored", flush=True)
    begun = time.monotonic()
    while time.monotonic() < begun + 3:
        cached = await redis.mget([f"user:{jitter}:{number}" for number in numbers])
        missed = [n for n, value in zip(numbers, cached, strict=True) if value is None]
        users = await asyncio.gather(*(db.get_user(number) for number in missed))
        if users:
            await store(users)
        await asyncio.sleep(0.02)


asyncio.run(main())
