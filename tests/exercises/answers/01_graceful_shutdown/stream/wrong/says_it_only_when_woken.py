import signal

stopping = asyncio.Event()


async def events():
    while not stopping.is_set():
        yield "data: news\n\n"
        try:
            await asyncio.wait_for(stopping.wait(), EVERY)
            yield "event: bye\ndata: reconnect\n\n"
        except asyncio.TimeoutError:
            continue


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def note(signum, frame):
        loop.call_soon_threadsafe(stopping.set)
        servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
