"""
Streams events to whoever listens, for ever.
"""

import asyncio
import sys
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


@asynccontextmanager
async def open_database(app):
    yield
    print("database closed", flush=True)


# --- yours from here
async def events():
    print("stream begun", flush=True)
    while True:
        yield "data: tick\n\n"
        await asyncio.sleep(0.2)


lifespan = open_database


class Server(uvicorn.Server):
    pass


def config(app, port):
    return uvicorn.Config(app, port=port, timeout_graceful_shutdown=1)


# --- to here


async def stream(request):
    return StreamingResponse(events(), media_type="text/event-stream")


app = Starlette(routes=[Route("/events", stream)], lifespan=lifespan)

if __name__ == "__main__":
    Server(config(app, int(sys.argv[1]))).run()
