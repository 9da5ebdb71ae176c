import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):

    def step_aside():
        global ready
        ready = False

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, step_aside)
    yield
