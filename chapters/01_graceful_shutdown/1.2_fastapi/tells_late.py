"""
Streams events for ever; the lifespan tells the streams to stop.
"""

import asyncio
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
    global stopping
    yield
    stopping = True
    print("cleaned up", flush=True)


app = Starlette(routes=[Route("/events", stream)], lifespan=lifespan)
