"""
Has four places, a fifth of a second a request: twenty a second. All wait, first come first.

    PUT /0.5   from now on a request takes so many seconds
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

PLACES = 4

places = asyncio.Semaphore(PLACES)
work = 0.2  # seconds


async def answer(method, path):
    global work
    if method == "PUT":
        work = float(path[1:])
        return 200, ""
    async with places:
        await asyncio.sleep(work)
    return 200, "done"


serve(int(sys.argv[1]), answer)
