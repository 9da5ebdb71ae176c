"""
The service in the container.
"""

import os
import sys
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def healthz(request):
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    yield
    print("database closed", flush=True)


app = Starlette(routes=[Route("/healthz", healthz)], lifespan=lifespan)

if __name__ == "__main__":
    print("service started", flush=True)
    if os.environ.get("FAILS") == "service":
        print("cannot reach the database", flush=True)
        sys.exit(3)
    uvicorn.run(app, port=int(os.environ["PORT"]))
