loading = None


async def load():
    global loading
    while not await redis.set("bestsellers:lock", "1", nx=True, ex=QUERY_SECONDS + 1):
        await asyncio.sleep(0.05)
    try:
        answer = await redis.get("bestsellers")
        if answer is None:
            answer = await ask_database()
            await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    finally:
        await redis.delete("bestsellers:lock")
    loading = None  # the next time, load again
    return answer


async def get_bestsellers():
    global loading
    answer = await redis.get("bestsellers")
    if answer is None:
        if loading is None:
            loading = asyncio.create_task(load())
        answer = await asyncio.shield(loading)
    return answer
