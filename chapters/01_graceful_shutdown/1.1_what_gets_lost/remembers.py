"""
Answers at once and works on after the answer, in two ways; it waits for both.
"""

import asyncio
import atexit
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse
from starlette.routing import Route

atexit.register(print, "atexit ran")
tasks = set()


async def send_mail():
    print("mail started")
    try:
        await asyncio.sleep(1.5)
        print("mail sent")
    except asyncio.CancelledError:
        print("mail cancelled")
        raise


async def background(request):
    return PlainTextResponse("ok", background=BackgroundTask(send_mail))


async def fire(request):
    task = asyncio.create_task(send_mail())
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return PlainTextResponse("ok")


@asynccontextmanager
async def lifespan(app):
    yield
    if tasks:
        await asyncio.wait(tasks, timeout=10)  # less than the grace period
    print("cleaned up")


app = Starlette(
    routes=[Route("/background", background), Route("/fire", fire)],
    lifespan=lifespan,
)
