from sqlalchemy.exc import DBAPIError

engine = create_async_engine(DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2)


async def read_price():
    for attempt in range(6):  # five connections may be dead
        try:
            async with engine.connect() as connection:
                return await connection.scalar(READ_PRICE)
        except DBAPIError as error:
            if not error.connection_invalidated or attempt == 5:
                raise


async def buy(request):
    price = await read_price()
    await bank.post("/payments", json={"amount": price})
    async with engine.begin() as connection:
        await connection.execute(WRITE_PAYMENT, {"amount": price})
    return PlainTextResponse("paid")
