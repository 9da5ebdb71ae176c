one_at_a_time = asyncio.Lock()


async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    async with one_at_a_time, redis.lock("asking", timeout=QUERY_SECONDS + 1):
        if (answer := await redis.get("bestsellers")) is None:
            answer = await ask_database()
            await redis.set("bestsellers", answer)
    return answer
