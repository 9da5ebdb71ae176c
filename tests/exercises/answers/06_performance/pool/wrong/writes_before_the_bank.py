engine = create_async_engine(
    DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=5, pool_pre_ping=True
)


async def buy(request):
    async with engine.begin() as connection:
        price = await connection.scalar(READ_PRICE)
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    await bank.post("/payments", json={"amount": price})
    return PlainTextResponse("paid")
