import signal

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)
    stopping = asyncio.Event()

    async def step_aside():
        global ready
        await stopping.wait()
        ready = False
        await asyncio.sleep(DRAIN_SECONDS)
        the_servers(signal.SIGTERM, None)

    stepping = asyncio.create_task(step_aside())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    yield
    await stepping
