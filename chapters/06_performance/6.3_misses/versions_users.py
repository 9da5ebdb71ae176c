"""
Caches a user only if nobody has changed it since the query.
"""

import json
from contextlib import suppress

from redis.exceptions import WatchError

redis = db = None  # the notebook lends both


async def get_user(user_id):
    cached = await redis.get(f"user:{{{user_id}}}")
    if cached is not None:
        return json.loads(cached)
    async with redis.pipeline() as pipe:
        await pipe.watch(
            f"version:{{{user_id}}}"
        )  # from here on, a change makes execute() fail
        user = await db.get_user(user_id)
        pipe.multi()
        pipe.set(f"user:{{{user_id}}}", json.dumps(user), ex=300)
        with suppress(WatchError):  # what we have read is no longer true
            await pipe.execute()
    return user
