import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def begin(signum, frame):
        global ready
        ready = False
        signal.signal(signal.SIGTERM, servers)
        loop.call_soon_threadsafe(loop.call_later, DRAIN_SECONDS, servers, signum, frame)

    signal.signal(signal.SIGTERM, begin)
    yield
