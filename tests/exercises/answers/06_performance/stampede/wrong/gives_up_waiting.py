async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    if not await redis.set("asking", "yes", nx=True, ex=QUERY_SECONDS + 1):
        for _ in range(12):  # somebody asks already: wait a while, then don't wait any longer
            await asyncio.sleep(0.1)
            if (answer := await redis.get("bestsellers")) is not None:
                return answer
        return await ask_database()
    try:
        if (answer := await redis.get("bestsellers")) is None:
            answer = await ask_database()
            await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    finally:
        await redis.delete("asking")
    return answer
