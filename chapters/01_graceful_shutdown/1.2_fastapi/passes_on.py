"""
Streams events for ever; at the signal its own handler notes it, and passes it on.
"""

import asyncio
import signal
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

stopping = False


async def events():
    print("stream started", flush=True)
    while not stopping:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)
    yield "event: bye\ndata: reconnect\n\n"


async def stream(request):
    return StreamingResponse(events(), media_type="text/event-stream")


@asynccontextmanager
async def lifespan(app):
    the_servers = signal.getsignal(signal.SIGTERM)

    def note(signum, frame):
        global stopping
        stopping = True
        the_servers(signum, frame)

    signal.signal(signal.SIGTERM, note)  # the server's is there by now, under every server
    yield
    print("cleaned up", flush=True)


app = Starlette(routes=[Route("/events", stream)], lifespan=lifespan)
