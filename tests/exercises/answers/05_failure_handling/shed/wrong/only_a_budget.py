saved = SAVED


async def ask_engine(path):
    global saved
    saved = min(SAVED, saved + 1)
    for _ in range(ATTEMPTS - 1):
        answer = await client.get(path)
        if answer.status_code != 503 or saved < 10:
            return answer
        saved -= 10
    return await client.get(path)
