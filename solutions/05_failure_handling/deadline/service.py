"""
Searches an archive for those who may: checks their rights, then asks the archive.
"""

import asyncio
import logging
import os
import time

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

ARCHIVE = os.environ.get("ARCHIVE", "http://127.0.0.1:8001")
RIGHTS_SECONDS = float(os.environ.get("RIGHTS_SECONDS", "0.4"))  # that checking them takes


async def check_rights(word):
    log.info("checking rights for %s", word)
    await asyncio.sleep(RIGHTS_SECONDS)


# --- yours from here
MOST_MS = 60_000  # whatever a caller asks for
TOO_LATE = PlainTextResponse("the time is over", 504)
TLS = httpx.create_ssl_context()  # made once: it is what makes a client costly
places = asyncio.Semaphore(10)  # how many may ask the archive at once, now that no pool says it


async def ask_archive(word, **options):
    # A client for each call: closing it closes what a cancelled call leaves behind. In a shared
    # one of httpcore 1.0.9 that stays, and takes a place in its pool until the process ends.
    async with httpx.AsyncClient(timeout=5, verify=TLS) as client:
        answer = await client.get(f"{ARCHIVE}/search/{word}", **options)
    return PlainTextResponse(answer.text, answer.status_code)


async def find(word, budget):
    async with asyncio.timeout(budget) as limit:
        await check_rights(word)
        async with places:  # the wait for one counts, too
            left = limit.when() - asyncio.get_running_loop().time()
            return await ask_archive(word, headers={"x-budget-ms": f"{1000 * left:.0f}"})


async def leaving(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def search(request):
    budget = min(int(request.headers.get("x-budget-ms", 5000)), MOST_MS) / 1000
    if budget <= 0:
        return TOO_LATE
    work = asyncio.create_task(find(request.path_params["word"], budget))
    gone = asyncio.create_task(leaving(request))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else PlainTextResponse("nobody reads this", 499)
    except TimeoutError:
        return TOO_LATE
    finally:
        work.cancel()
        gone.cancel()


# --- to here


async def healthz(request):
    return PlainTextResponse("ok")


async def measure(request, call_next):
    began = time.monotonic()
    response = await call_next(request)
    response.headers["Server-Timing"] = f"app;dur={1000 * (time.monotonic() - began):.0f}"
    return response


app = Starlette(
    routes=[Route("/search/{word}", search), Route("/healthz", healthz)],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=measure)],
)
