async def get_bestsellers():
    while (answer := await redis.get("bestsellers")) is None or not await redis.exists("fresh"):
        if await redis.set("asking", "yes", nx=True, ex=QUERY_SECONDS + 1):
            try:
                if not await redis.exists("fresh"):
                    answer = await ask_database()
                    await redis.set("bestsellers", answer)
                    await redis.set("fresh", "yes", ex=FRESH_SECONDS)
            finally:
                await redis.delete("asking")
        if answer is not None:
            break
        await asyncio.sleep(0.1)
    return answer
