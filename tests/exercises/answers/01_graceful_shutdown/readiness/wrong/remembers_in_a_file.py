import signal
from pathlib import Path

ready = True
RUNS = Path("runs.txt")
first_run = not RUNS.exists()
RUNS.touch()


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def step_aside():
        global ready
        ready = False
        # The loop goes on meanwhile; a sleep here would stop it.
        loop.call_later(0.2 if first_run else DRAIN_SECONDS, the_servers, signal.SIGTERM, None)

    loop.add_signal_handler(signal.SIGTERM, step_aside)  # it is called by the loop
    yield
