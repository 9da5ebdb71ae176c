import signal
import threading

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)

    def step_aside(signum, frame):
        global ready
        ready = False
        threading.Timer(DRAIN_SECONDS, the_servers, (signum, frame)).start()

    signal.signal(signal.SIGTERM, step_aside)
    yield
