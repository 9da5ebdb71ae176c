from sqlalchemy.exc import DBAPIError

engine = create_async_engine(DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2)


async def begin_with(statement, parameters=None):
    """
    A connection on which the statement has been executed, not committed yet, and its result.
    """
    for attempts_left in reversed(range(6)):
        connection = await engine.connect()
        try:
            return connection, await connection.execute(statement, parameters)
        except DBAPIError as error:
            await connection.close()
            if not error.connection_invalidated or not attempts_left:
                raise
        except BaseException:
            await connection.close()
            raise


async def buy(request):
    connection, result = await begin_with(READ_PRICE)
    try:
        price = result.scalar()
    finally:
        await connection.close()
    await bank.post("/payments", json={"amount": price})
    connection, _ = await begin_with(WRITE_PAYMENT, {"amount": price})
    try:
        await connection.commit()
    finally:
        await connection.close()
    return PlainTextResponse("paid")
