import signal
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
    loop = asyncio.get_running_loop()

    def note(signum, frame):
        loop.call_soon_threadsafe(stopping.set)  # before the drain, which waits for the streams
        loop.call_soon_threadsafe(loop.call_later, 0.5, os._exit, 0)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
