"""
A service with one request that never ends, and with something to do before it goes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    # Stands for what must not be lost: a flushed buffer, a released lock.
    print("cleanup done", flush=True)


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def work(request: Request) -> PlainTextResponse:
    print("working", flush=True)
    await asyncio.sleep(0.5)
    return PlainTextResponse("worked")


async def stuck(request: Request) -> PlainTextResponse:
    print("stuck", flush=True)
    # A reply from another service that never comes, and no time-out.
    await asyncio.Event().wait()
    return PlainTextResponse("never sent")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/work", work), Route("/stuck", stuck)],
    lifespan=lifespan,
)
