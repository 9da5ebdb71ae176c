from sqlalchemy import NullPool

engine = create_async_engine(DATABASE_URL, poolclass=NullPool)


async def buy(request):
    async with engine.connect() as connection:
        price = await connection.scalar(READ_PRICE)
    await bank.post("/payments", json={"amount": price})
    async with engine.begin() as connection:
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    return PlainTextResponse("paid")
