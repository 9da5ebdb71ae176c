"""
Caches a user as the document does, with `is not None`.
"""

import json

redis = db = None  # the notebook lends both


async def get_user(user_id):
    cached = await redis.get(f"user:{{{user_id}}}")
    if cached is not None:
        return json.loads(cached)
    user = await db.get_user(user_id)
    await redis.set(f"user:{{{user_id}}}", json.dumps(user), ex=300)
    return user
