engine = create_async_engine(
    DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2, pool_pre_ping=True
)


async def buy(request):
    async with engine.connect() as connection:
        price = await connection.scalar(READ_PRICE)
    await bank.post("/payments")
    async with engine.begin() as connection:
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    return PlainTextResponse("paid")
