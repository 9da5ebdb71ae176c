import signal
import threading
from concurrent.futures import ThreadPoolExecutor

threads = ThreadPoolExecutor(2)
stopping = threading.Event()  # of threading, since a signal handler may set it


async def events():
    while True:
        yield "data: news\n\n"
        loop = asyncio.get_running_loop()
        if await loop.run_in_executor(threads, stopping.wait, EVERY):
            break
    yield "event: bye\ndata: reconnect\n\n"


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        stopping.set()
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield
