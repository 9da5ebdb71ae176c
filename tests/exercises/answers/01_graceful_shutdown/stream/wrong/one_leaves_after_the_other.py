import signal

stopping = asyncio.Event()
door = asyncio.Lock()


async def events():
    while not stopping.is_set():
        yield "data: news\n\n"
        try:
            await asyncio.wait_for(stopping.wait(), EVERY)
        except TimeoutError:
            pass
    async with door:  # one after the other, or all of them connect elsewhere in the same moment
        yield "event: bye\ndata: reconnect\n\n"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        loop.call_soon_threadsafe(stopping.set)
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
