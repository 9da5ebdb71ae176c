there = 0


async def ask_engine(path):
    global there
    if there == AT_THE_ENGINE:
        raise Full
    there += 1
    try:
        return await client.get(path)
    finally:
        there -= 1
