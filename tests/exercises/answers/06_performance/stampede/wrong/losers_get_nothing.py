from starlette.exceptions import HTTPException


async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    if not await redis.set("asking", "yes", nx=True, ex=QUERY_SECONDS + 1):
        raise HTTPException(503, "somebody asks already")
    try:
        answer = await ask_database()
        await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    finally:
        await redis.delete("asking")
    return answer
