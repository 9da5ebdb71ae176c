"""
Somebody else's service: answers, errs or hangs, and counts who asked. It runs twice.

    GET /anything    answers, or does not, as it was told to
    POST /hangs      from now on hang; or /errs, or /well
    GET /calls       how often it was asked since then
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

STATUS = {"well": 200, "errs": 500}

mode = "well"
told = asyncio.Event()  # set when the mode changes
calls = 0  # since it did


async def supply():
    global calls
    calls += 1
    if mode == "hangs":
        await told.wait()
    return STATUS.get(mode, 200)


async def answer(method, path):
    global mode, told, calls
    if method == "POST":
        mode, calls = path.strip("/"), 0
        told.set()
        told = asyncio.Event()
    elif path != "/calls":
        return await supply(), "12"
    return 200, str(calls)


serve(int(sys.argv[1]), answer, keep_alive=True)
