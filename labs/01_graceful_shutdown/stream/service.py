"""
Streams events to whoever listens, for ever.
"""

import asyncio
import os
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

EVERY = float(os.environ.get("EVERY", "30"))  # seconds from one event to the next


@asynccontextmanager
async def open_database(app):
    yield
    print(f"database closed by {os.getpid()}", flush=True)


# --- yours from here
# TODO: on SIGTERM every stream ends with the event `bye`, and then the service ends.
async def events():
    while True:
        yield "data: news\n\n"
        await asyncio.sleep(EVERY)


lifespan = open_database


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
