import signal

streams = set()


async def events():
    streams.add(asyncio.current_task())
    while True:
        yield "data: news\n\n"
        await asyncio.sleep(EVERY)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        for each in streams:
            loop.call_soon_threadsafe(each.cancel)
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
