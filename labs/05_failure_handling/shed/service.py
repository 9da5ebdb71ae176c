"""
Answers searches and checkouts; for both it asks an engine, which does four things at a time.
"""

import asyncio
import logging
import os

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

log = logging.getLogger("uvicorn.error")

ENGINE = os.environ.get("ENGINE", "http://127.0.0.1:8001")
TIMEOUT = float(os.environ.get("TIMEOUT", "1"))
AT_THE_ENGINE = 4  # so many requests may be there at the same time
LINE = 8  # so many customers may wait for that
ATTEMPTS = 3  # of a request that is answered with a 503
SAVED = 50  # requests' worth of retries, of which each costs ten

client = httpx.AsyncClient(base_url=ENGINE, timeout=TIMEOUT)


class Full(Exception):
    """
    There is no place in line: the engine was not asked.
    """


# --- yours from here
# TODO: a rush costs some of the searches, and nothing else.
async def ask_engine(path):
    for _ in range(ATTEMPTS - 1):
        try:
            answer = await client.get(path)
        except httpx.TimeoutException:
            continue
        if answer.status_code != 503:
            return answer
    return await client.get(path)


# --- to here


async def tell(path):
    try:
        answer = await ask_engine(path)
    except Full:
        return PlainTextResponse("full", 503)
    except httpx.TimeoutException:
        return PlainTextResponse("no answer in time", 504)
    except httpx.HTTPError:
        return PlainTextResponse("no answer", 502)
    return PlainTextResponse(answer.text, answer.status_code)


async def hangs_up(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def answer(request):
    """
    Nobody works for a customer who has gone: the work is cancelled.
    """
    work = asyncio.ensure_future(tell(request.url.path))
    gone = asyncio.ensure_future(hangs_up(request))
    await asyncio.sleep(0)  # the work has begun
    log.info("a customer has come")
    await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
    gone.cancel()
    if not work.done():
        work.cancel()
        await asyncio.wait({work})
        log.info("a customer has gone")
        return PlainTextResponse("", 499)
    return work.result()


async def healthz(request):
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/search/{word}", answer),
        Route("/checkout/{order}", answer),
        Route("/healthz", healthz),
    ],
)
