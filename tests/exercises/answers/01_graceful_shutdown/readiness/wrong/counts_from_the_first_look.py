import signal

ready = True
noticed = asyncio.Event()


async def readyz(request):
    if ready:
        return PlainTextResponse("ready")
    noticed.set()
    return PlainTextResponse("draining", 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    async def drain():
        await noticed.wait()
        await asyncio.sleep(DRAIN_SECONDS)
        the_servers(signal.SIGTERM, None)

    draining = loop.create_task(drain())

    def step_aside():
        global ready
        ready = False

    loop.add_signal_handler(signal.SIGTERM, step_aside)
    yield
    draining.cancel()
