"""
Is told what each canary has answered so far, a line each: `answers errors`. Says what to do.
"""

from decision import decide
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def decide_many(request):
    lines = (await request.body()).decode().splitlines()
    return PlainTextResponse("\n".join(decide(*map(int, line.split())) for line in lines))


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[Route("/decide", decide_many, methods=["POST"]), Route("/healthz", healthz)]
)
