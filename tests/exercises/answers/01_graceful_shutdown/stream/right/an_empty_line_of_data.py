import signal

import anyio

leaving = None


async def events():
    while True:
        yield "data: news\n\n"
        with anyio.move_on_after(EVERY):
            await leaving.wait()
        if leaving.is_set():
            break
    yield "event: bye\ndata:\n\n"


@asynccontextmanager
async def lifespan(app):
    global leaving
    leaving = anyio.Event()
    server = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def both():
        leaving.set()
        server(signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, both)
    async with open_database(app):
        yield
