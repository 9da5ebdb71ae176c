"""
Somebody else's service: tells what is in stock, or errs, or hangs, and counts who asked.

    GET /items/1     tells, as it was told to
    POST /hangs      from now on hang; /well, /errs, /misses, /falters (one in five is well)
    GET /calls       how often it was asked since then
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

STATUS = {"well": 200, "errs": 500, "misses": 404}

mode = "well"
told = asyncio.Event()  # set when the mode changes
calls = 0  # since it did


async def tell_stock():
    global calls
    calls += 1
    number = calls
    if mode == "hangs":
        await told.wait()
    if mode == "falters":
        return 200 if number % 5 == 0 else 500
    return STATUS.get(mode, 200)


async def answer(method, path):
    global mode, told, calls
    if method == "POST":
        mode, calls = path.strip("/"), 0
        told.set()
        told = asyncio.Event()
    elif path != "/calls":
        return await tell_stock(), "12 in stock"
    return 200, str(calls)


serve(int(sys.argv[1]), answer, keep_alive=True)
