"""
Streams events to whoever listens, for ever.
"""

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

EVERY = float(os.environ.get("EVERY", "30"))  # seconds from one event to the next


@asynccontextmanager
async def open_database(app):
    yield
    print(f"database closed by {os.getpid()}", flush=True)


# --- yours from here
stopping = asyncio.Event()


async def events():
    while not stopping.is_set():
        yield "data: news\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY)
    yield "event: bye\ndata: connect elsewhere\n\n"


@asynccontextmanager
async def lifespan(app):
    loop = asyncio.get_running_loop()
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        loop.call_soon_threadsafe(stopping.set)  # before the drain, which waits for the streams
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)
    async with open_database(app):
        yield


# --- to here


async def stream(request):
    print(f"listener of {os.getpid()}", flush=True)
    return StreamingResponse(events(), media_type="text/event-stream")


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[Route("/events", stream), Route("/healthz", healthz)],
    lifespan=lifespan,
)
