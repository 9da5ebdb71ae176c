"""
Takes a lock for each order. Whoever settles takes it, too, and waits for a bank.

SIGUSR1 writes where its threads are, SIGUSR2 where its tasks are.
"""

import asyncio
import faulthandler
import signal
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

lock = asyncio.Lock()
faulthandler.register(signal.SIGUSR1)


def write_tasks():
    for task in asyncio.all_tasks():
        names, inside = [], task.get_coro()
        while hasattr(inside, "cr_await"):
            names.append(inside.__qualname__)
            inside = inside.cr_await  # what it waits for
        print(f"of {len(task.get_stack())} frame:", " → ".join(names), flush=True)
    print("all tasks written", flush=True)


@asynccontextmanager
async def lifespan(_app):
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, write_tasks)
    yield


async def ask_bank():
    await asyncio.Event().wait()  # no answer comes, and there is no time-out


async def settle(_request):
    async with lock:
        await ask_bank()


async def order(_request):
    async with lock:
        return PlainTextResponse("ordered")


app = Starlette(routes=[Route("/settle", settle), Route("/order", order)], lifespan=lifespan)
