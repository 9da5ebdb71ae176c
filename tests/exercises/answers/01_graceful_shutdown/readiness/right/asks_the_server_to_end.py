import signal
import time

deadline = None  # when there is one, we are leaving


async def readyz(request):
    status, text = (200, "ready") if deadline is None else (503, "leaving")
    return PlainTextResponse(text, status)


@asynccontextmanager
async def lifespan(app):
    handler = signal.getsignal(signal.SIGTERM)
    server = getattr(handler, "__self__", None)
    loop = asyncio.get_running_loop()

    def finish():
        if hasattr(server, "should_exit"):
            server.should_exit = True
        else:
            handler(signal.SIGTERM, None)

    def note(signum, frame):
        global deadline
        if deadline is None:
            deadline = time.monotonic() + DRAIN_SECONDS
            loop.call_soon_threadsafe(loop.call_later, DRAIN_SECONDS, finish)

    signal.signal(signal.SIGTERM, note)
    yield
