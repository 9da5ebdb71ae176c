places = asyncio.Semaphore(AT_THE_ENGINE)
inside = 0


async def ask_engine(path):
    global inside
    if inside == AT_THE_ENGINE + LINE:
        raise Full
    inside += 1
    try:
        async with places:
            return await client.get(path)
    finally:
        inside -= 1
