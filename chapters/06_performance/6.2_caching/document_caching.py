# 函数结果缓存
from functools import lru_cache

@lru_cache(maxsize=1000)
def expensive_computation(arg):
    ...

# Redis 缓存
async def get_user(user_id: int):
    cached = await redis.get(f"user:{user_id}")
    if cached:
        return json.loads(cached)
    
    user = await db.get_user(user_id)
    await redis.setex(f"user:{user_id}", 300, json.dumps(user))
    return user
