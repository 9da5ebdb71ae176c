import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


async def watch(stopping, servers):
    global ready
    while not stopping:
        await asyncio.sleep(1)
    ready = False
    await asyncio.sleep(DRAIN_SECONDS)
    servers(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    servers = signal.getsignal(signal.SIGTERM)
    stopping = []
    signal.signal(signal.SIGTERM, lambda signum, frame: stopping.append(signum))
    task = asyncio.create_task(watch(stopping, servers))
    yield
    task.cancel()
