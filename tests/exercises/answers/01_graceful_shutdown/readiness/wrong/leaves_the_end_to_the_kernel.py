import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()

    def end():
        loop.remove_signal_handler(signal.SIGTERM)  # from here on the server's own
        os.kill(os.getpid(), signal.SIGTERM)

    def begin():
        global ready
        if ready:
            ready = False
            loop.call_later(DRAIN_SECONDS, end)

    loop.add_signal_handler(signal.SIGTERM, begin)
    yield
