from sqlalchemy.ext.asyncio import AsyncSession

engine = create_async_engine(
    DATABASE_URL, pool_size=5, max_overflow=0, pool_timeout=2, pool_pre_ping=True
)


async def buy(request):
    async with AsyncSession(engine) as session:
        price = await session.scalar(READ_PRICE)
        await session.commit()  # a session then gives its connection back
        await bank.post("/payments", json={"amount": price})
        await session.execute(WRITE_PAYMENT, {"amount": price})
        await session.commit()
    return PlainTextResponse("paid")
