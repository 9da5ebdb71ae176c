"""
Takes orders: says "accepted" when the order is on the disk.
"""

import asyncio
import os

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def save(line):
    with open(os.environ["ORDERS"], "a") as file:
        file.write(line)
        file.flush()  # from this process to the kernel: survives SIGKILL
        os.fsync(file.fileno())  # from the kernel to the disk: survives a power cut


async def order(request):
    await asyncio.to_thread(save, "order\n")  # the event loop must not wait for a disk
    return PlainTextResponse("accepted", 202)


app = Starlette(routes=[Route("/orders", order, methods=["POST"])])
