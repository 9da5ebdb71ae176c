import signal

stopping = False


async def events():
    while True:
        yield "data: news\n\n"
        waited = 0.0
        while waited < EVERY:
            if stopping:
                yield "event: bye\ndata: reconnect\n\n"
                return
            await asyncio.sleep(0.1)
            waited += 0.1


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        global stopping
        stopping = True
        servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
