one_at_a_time = asyncio.Lock()


async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    async with one_at_a_time:
        if (answer := await redis.get("bestsellers")) is None:
            answer = await ask_database()
            await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    return answer
