engine = create_async_engine(
    DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2, pool_pre_ping=True
)


async def buy(request):
    async with engine.connect() as connection:
        amount = await connection.scalar(READ_PRICE)
    await bank.post("/payments", json={"amount": amount})
    async with engine.begin() as connection:  # a transaction of its own: read and write
        price = await connection.scalar(READ_PRICE)
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    return PlainTextResponse("paid")
