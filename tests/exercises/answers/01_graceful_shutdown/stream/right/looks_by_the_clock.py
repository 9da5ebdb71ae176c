import signal
import time


class State:
    stopping = False


async def events():
    while True:
        yield "data: news\n\n"
        due = time.monotonic() + EVERY
        while True:
            if State.stopping:
                yield "event: bye\n"
                yield "data: bye\n\n"
                return
            left = due - time.monotonic()
            if left <= 0:
                await asyncio.sleep(0)
                break
            await asyncio.sleep(min(0.2, left))


@asynccontextmanager
async def lifespan(app):
    previous = signal.getsignal(signal.SIGTERM)

    def handler(signum, frame):
        State.stopping = True
        previous(signum, frame)

    signal.signal(signal.SIGTERM, handler)
    async with open_database(app) as state:
        yield state
