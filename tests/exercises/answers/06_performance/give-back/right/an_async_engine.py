from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

engine_of_downloads = create_async_engine(
    DATABASE_URL, pool_size=4, max_overflow=0, pool_timeout=2
)
engine = create_engine(DATABASE_URL, pool_size=1, max_overflow=0, pool_timeout=2)


@app.get("/reports/{report}")
async def download(report: str):
    async with AsyncSession(engine_of_downloads) as session, session.begin():
        if await session.scalar(FIND_REPORT, {"report": report}) is None:
            raise HTTPException(404)
        await session.execute(NOTE_DOWNLOAD, {"report": report})
        lines = await (await session.stream(READ_LINES, {"report": report})).all()
    return StreamingResponse(page(line) for line in lines)
