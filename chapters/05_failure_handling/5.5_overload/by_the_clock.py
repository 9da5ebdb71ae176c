"""
Has four places, a fifth of a second a request. Who has waited for too long is refused.

    PUT /0.5   from now on a request takes so many seconds
"""

import asyncio
import sys
import time

from stand_ins.tiny_http import serve

PLACES = 4
LONGEST = 0.4  # seconds in line

places = asyncio.Semaphore(PLACES)
work = 0.2  # seconds


async def answer(method, path):
    global work
    if method == "PUT":
        work = float(path[1:])
        return 200, ""
    came = time.monotonic()
    async with places:
        if time.monotonic() - came > LONGEST:
            return 503, "too late"
        await asyncio.sleep(work)
    return 200, "done"


serve(int(sys.argv[1]), answer)
