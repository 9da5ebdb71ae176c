import signal

listeners = set()
NEWS, BYE = "data: news\n\n", "event: bye\ndata: reconnect\n\n"
stopping = False


async def events():
    inbox = asyncio.Queue()
    listeners.add(inbox)
    try:
        yield NEWS
        while not stopping:
            message = await inbox.get()
            if message is None:
                break
            yield message
        yield BYE
    finally:
        listeners.discard(inbox)


async def publish():
    while True:
        await asyncio.sleep(EVERY)
        for inbox in listeners:
            inbox.put_nowait(NEWS)


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    publisher = asyncio.create_task(publish())

    def goodbye():
        for inbox in listeners:
            inbox.put_nowait(None)

    def note(signum, frame):
        global stopping
        stopping = True
        loop.call_soon_threadsafe(goodbye)
        servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
    publisher.cancel()
