import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


in_flight = 0


def counted(endpoint):
    async def wrapper(request):
        global in_flight
        in_flight += 1
        try:
            return await endpoint(request)
        finally:
            in_flight -= 1

    return wrapper


work = counted(work)


async def drain(the_servers):
    await asyncio.sleep(DRAIN_SECONDS)
    while in_flight:  # what has begun is answered before the listener is closed
        await asyncio.sleep(0.1)
    the_servers(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)
    draining = None

    def note():
        global ready
        nonlocal draining
        if ready:
            ready = False
            draining = asyncio.create_task(drain(the_servers))

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, note)
    yield
