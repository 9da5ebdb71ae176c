from sqlalchemy.exc import DBAPIError

engine = create_async_engine(DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2)


async def sell():
    async with engine.connect() as connection:
        price = await connection.scalar(READ_PRICE)
    await bank.post("/payments", json={"amount": price})
    async with engine.begin() as connection:
        await connection.execute(WRITE_PAYMENT, {"amount": price})


async def buy(request):
    try:
        await sell()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        await sell()  # the pool has thrown its dead connections away by now
    return PlainTextResponse("paid")
