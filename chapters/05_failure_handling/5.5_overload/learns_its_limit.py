"""
Has four places, and lets in as many as it can answer in time: it finds out how many (AIMD).

    PUT /0.5   from now on a request takes so many seconds
"""

import asyncio
import sys
import time

from stand_ins.tiny_http import serve

PLACES = 4
IN_TIME = 0.8  # seconds

places = asyncio.Semaphore(PLACES)
work = 0.2  # seconds
inside = 0
limit = 12.0


async def answer(method, path):
    global work, inside, limit
    if method == "PUT":
        work = float(path[1:])
        return 200, ""
    if inside >= limit:
        return 503, "full"
    inside += 1
    came = time.monotonic()
    async with places:
        await asyncio.sleep(work)
    if time.monotonic() - came > IN_TIME:
        limit = max(1.0, 0.9 * limit)  # less, by a share
    elif inside > limit / 2:
        limit += 1 / limit  # one more, for as many answers in time as it lets in
    inside -= 1
    print(f"limit {limit:.2f}", flush=True)
    return 200, "done"


serve(int(sys.argv[1]), answer)
