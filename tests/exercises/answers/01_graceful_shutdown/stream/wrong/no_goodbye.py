import signal
from contextlib import suppress

stopping = asyncio.Event()


async def events():
    while not stopping.is_set():
        yield "data: news\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        loop.call_soon_threadsafe(stopping.set)  # before the drain, which waits for the streams
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
