"""
What gunicorn runs: a request that takes as long as one says, and something to do at the end.
"""

import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app):
    yield
    await asyncio.sleep(0.5)
    print("cleanup done", flush=True)


async def healthz(request):
    return PlainTextResponse("ok")


async def work(request):
    print("begun", flush=True)
    await asyncio.sleep(request.path_params["seconds"])
    return PlainTextResponse("done")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/work/{seconds:float}", work)],
    lifespan=lifespan,
)
