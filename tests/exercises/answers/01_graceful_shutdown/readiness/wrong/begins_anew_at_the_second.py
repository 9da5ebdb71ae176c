import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    timer = None

    def begin():
        global ready
        nonlocal timer
        ready = False
        if timer is not None:
            timer.cancel()  # never two timers at a time
        timer = loop.call_later(DRAIN_SECONDS, servers, signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, begin)
    yield
