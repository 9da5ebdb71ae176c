import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def step_aside():
        global ready
        ready = not ready
        loop.call_later(DRAIN_SECONDS, the_servers, signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, step_aside)
    yield
