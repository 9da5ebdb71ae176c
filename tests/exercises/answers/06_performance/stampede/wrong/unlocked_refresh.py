refreshes = set()


async def refresh():
    answer = await ask_database()
    await redis.set("bestsellers", answer)
    await redis.set("fresh", "yes", ex=FRESH_SECONDS)
    return answer


async def get_bestsellers():
    answer = await redis.get("bestsellers")
    if answer is None:
        return await refresh()
    if not await redis.exists("fresh"):
        refreshes.add(task := asyncio.create_task(refresh()))
        task.add_done_callback(refreshes.discard)
    return answer
