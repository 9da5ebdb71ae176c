one_at_a_time = asyncio.Lock()


async def get_bestsellers():
    if (answer := await redis.get("bestsellers")) is not None:
        return answer
    async with (
        one_at_a_time,
        await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"]) as connection,
    ):
        # Gone with the connection, however its holder ends.
        await connection.execute("SELECT pg_advisory_xact_lock(42)")
        if (answer := await redis.get("bestsellers")) is None:
            answer = await ask_database()
            await redis.set("bestsellers", answer, ex=FRESH_SECONDS)
    return answer
