async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    while True:
        if await redis.set("asking", "yes", nx=True, ex=QUERY_SECONDS + 1):
            break
        await asyncio.sleep(0.05)
    try:
        answer = await ask_database()
        await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    finally:
        await redis.delete("asking")
    return answer
