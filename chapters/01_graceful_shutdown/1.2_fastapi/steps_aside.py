"""
One of several backends; POST /drain makes it unready while it goes on working.
"""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

ready = True


async def readyz(request):
    return PlainTextResponse("ready" if ready else "draining", 200 if ready else 503)


async def drain(request):
    global ready
    ready = False
    return PlainTextResponse("draining")


async def work(request):
    return PlainTextResponse("done")


app = Starlette(
    routes=[
        Route("/readyz", readyz),
        Route("/drain", drain, methods=["POST"]),
        Route("/work", work),
    ]
)
