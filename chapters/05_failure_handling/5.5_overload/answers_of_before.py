"""
Has four places, a fifth of a second a request. Eight wait in line; the ninth gets old news.

    PUT /0.5   from now on a request takes so many seconds
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

PLACES = 4
LINE = 8

places = asyncio.Semaphore(PLACES)
work = 0.2  # seconds
inside = 0


async def answer(method, path):
    global work, inside
    if method == "PUT":
        work = float(path[1:])
        return 200, ""
    if inside == PLACES + LINE:
        return 200, "what it was a minute ago"
    inside += 1
    async with places:
        await asyncio.sleep(work)
    inside -= 1
    return 200, "done"


serve(int(sys.argv[1]), answer)
