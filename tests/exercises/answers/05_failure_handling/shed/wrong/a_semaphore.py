places = asyncio.Semaphore(AT_THE_ENGINE)


async def ask_engine(path):
    async with places:
        for _ in range(ATTEMPTS - 1):
            answer = await client.get(path)
            if answer.status_code != 503:
                return answer
        return await client.get(path)
