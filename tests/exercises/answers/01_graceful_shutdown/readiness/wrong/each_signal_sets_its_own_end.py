import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()

    def note():
        global ready
        ready = False
        # SIGINT is still uvicorn's, and ends it in order.
        loop.call_later(DRAIN_SECONDS, os.kill, os.getpid(), signal.SIGINT)

    loop.add_signal_handler(signal.SIGTERM, note)
    yield
