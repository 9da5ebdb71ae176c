import signal


class Readiness:
    def __init__(self):
        self.is_ready = True

    async def __call__(self, scope, receive, send):
        answer = PlainTextResponse("ready") if self.is_ready else PlainTextResponse("no", 503)
        await answer(scope, receive, send)


readyz = Readiness()


@asynccontextmanager
async def lifespan(app):
    before = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()

    def now():
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)

    def later():
        if readyz.is_ready:
            readyz.is_ready = False
            loop.call_later(DRAIN_SECONDS, now)

    loop.add_signal_handler(signal.SIGTERM, later)
    yield
