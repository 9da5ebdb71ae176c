import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()

    def step_aside():
        global ready
        if ready:
            ready = False
            loop.call_later(DRAIN_SECONDS, os._exit, 0)

    loop.add_signal_handler(signal.SIGTERM, step_aside)
    yield
