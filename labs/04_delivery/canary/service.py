"""
Watches releases: after each look at the counts it waits, goes on, or rolls back.
"""

from itertools import accumulate

from decide import decide
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

NEW, OLD = 10, 190  # requests between two looks


def watch(new_errors, old_errors):
    """
    Look at one release until it is decided: the decision, and after how many requests.
    """
    seen = zip(accumulate(new_errors), accumulate(old_errors), strict=True)
    for look, (new, old) in enumerate(seen, 1):
        decision = decide(look * NEW, new, look * OLD, old)
        if decision != "wait":
            break
    return [decision, look * NEW]


async def releases(request):
    """
    Of many releases: the errors between two looks, of the new version and of the old one.
    """
    many = await request.json()
    return JSONResponse(await run_in_threadpool(lambda: [watch(*release) for release in many]))


async def one_look(request):
    names = ("new", "new_errors", "old", "old_errors")
    counts = [int(request.query_params[name]) for name in names]
    return PlainTextResponse(decide(*counts))


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/releases", releases, methods=["POST"]),
        Route("/decide", one_look),
        Route("/healthz", healthz),
    ]
)
