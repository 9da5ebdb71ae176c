import signal

ready = True
told = asyncio.Event()


async def readyz(request):
    if ready:
        return PlainTextResponse("ready")
    told.set()
    return PlainTextResponse("draining", 503)


async def drain(servers):
    await asyncio.gather(told.wait(), asyncio.sleep(DRAIN_SECONDS))
    servers(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    tasks = set()

    def begin():
        global ready
        if ready:
            ready = False
            tasks.add(loop.create_task(drain(servers)))

    loop.add_signal_handler(signal.SIGTERM, begin)
    yield
