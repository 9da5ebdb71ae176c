"""
Has four places to work at, a tenth of a second a request; eight wait in line, no more.
"""

import asyncio

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

PLACES = 4
LINE = 8

places = asyncio.Semaphore(PLACES)
inside = finished = 0


async def answer(request):
    global inside, finished
    if inside == PLACES + LINE:
        return PlainTextResponse("full", 503, {"Retry-After": "1"})
    inside += 1
    try:
        async with places:
            await asyncio.sleep(0.1)
        finished += 1
    finally:
        inside -= 1
    return PlainTextResponse("done")


async def healthz(request):
    return PlainTextResponse("ok")


async def counts(request):
    return JSONResponse({"in line": max(0, inside - PLACES), "finished": finished})


paths = {"/": answer, "/healthz": healthz, "/counts": counts}
app = Starlette(routes=[Route(path, answers) for path, answers in paths.items()])
