import signal
from contextlib import suppress

listeners = set()


async def events():
    listener = asyncio.Queue()
    listeners.add(listener)
    try:
        while True:
            yield "data: news\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(listener.get(), EVERY)
                break
        yield "event: bye\ndata: connect elsewhere\n\n"
    finally:
        listeners.discard(listener)


def say_goodbye():
    for listener in listeners:
        listener.put_nowait("bye")


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        loop.call_soon_threadsafe(say_goodbye)  # before the drain, which waits for the streams
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
