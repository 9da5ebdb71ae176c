import signal
import time

stopping = False


async def events():
    while not stopping:
        yield "data: news\n\n"
        over = time.monotonic() + EVERY
        while not stopping and time.monotonic() < over:
            await asyncio.sleep(min(0.1, EVERY))
    yield "event: bye\ndata: connect elsewhere\n\n"


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        global stopping
        stopping = True
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
