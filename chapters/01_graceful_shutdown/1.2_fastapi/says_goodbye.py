"""
Streams events for ever; the server tells the streams to stop.
"""

import asyncio
import sys
from contextlib import asynccontextmanager

import uvicorn
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
    yield
    print("cleaned up", flush=True)


class Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        global stopping
        stopping = True  # at the signal, before the drain
        super().handle_exit(sig, frame)


app = Starlette(routes=[Route("/events", stream)], lifespan=lifespan)
Server(uvicorn.Config(app, port=int(sys.argv[1]))).run()
