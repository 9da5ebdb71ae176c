from contextlib import suppress

stopping = asyncio.Event()


async def events():
    while not stopping.is_set():
        yield "data: news\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY)
    yield "event: bye\ndata: connect elsewhere\n\n"


@asynccontextmanager
async def lifespan(app):
    async with open_database(app):
        yield
        stopping.set()
