import signal
import time

ready = True
last = 0.0


async def work(request):
    global last
    last = time.monotonic()
    await asyncio.sleep(float(request.query_params.get("seconds", "0.01")))
    return PlainTextResponse("done")


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


async def drain(the_servers):
    began = time.monotonic()
    while time.monotonic() < min(began + DRAIN_SECONDS, max(last, began) + 1):
        await asyncio.sleep(0.05)
    the_servers(signal.SIGTERM, None)


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    draining = set()

    def step_aside():
        global ready
        if ready:
            ready = False
            draining.add(loop.create_task(drain(the_servers)))

    loop.add_signal_handler(signal.SIGTERM, step_aside)
    yield
