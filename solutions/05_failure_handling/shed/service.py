"""
Answers searches and checkouts; for both it asks an engine, which does four things at a time.
"""

import asyncio
import logging
import os
from bisect import insort
from itertools import count

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
free = AT_THE_ENGINE
line = []  # who waits, in the order in which they are called
numbers = count()
saved = SAVED


class Waiting:
    def __init__(self, path):
        self.order = not path.startswith("/checkout"), next(numbers)
        self.told = asyncio.Event()

    def tell(self, *, called):
        self.called = called  # to the engine; who is told and isn't called is refused
        self.told.set()


async def ask_engine(path):
    await get_place(path)
    try:
        return await ask(path)
    finally:
        call_next()


async def get_place(path):
    global free
    if free:
        free -= 1
        return
    me = Waiting(path)
    insort(line, me, key=lambda each: each.order)
    if len(line) > LINE:
        line.pop().tell(called=False)  # the last search, if there is one: perhaps me
    try:
        await me.told.wait()
    except asyncio.CancelledError:
        if me in line:
            line.remove(me)
        elif me.called:  # in the moment of leaving
            call_next()
        raise
    if not me.called:
        raise Full


def call_next():
    global free
    if line:
        line.pop(0).tell(called=True)
    else:
        free += 1


async def ask(path):
    global saved
    saved = min(SAVED, saved + 1)
    for _ in range(ATTEMPTS - 1):
        answer = await client.get(path)
        if answer.status_code != 503 or saved < 10:
            return answer
        saved -= 10
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
