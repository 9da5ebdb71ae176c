"""
Serves so many at a time, each for so long; whoever comes while all places are taken gets a 503.

It says when each request came, on the clock that all processes of a machine share.
"""

import asyncio
import sys
import time

from stand_ins.tiny_http import serve

places, seconds = int(sys.argv[1]), float(sys.argv[2])
taken = 0


async def answer(method, path):
    global taken
    print(f"came at {time.monotonic():.3f}", flush=True)
    if taken == places:
        return 503, "busy"
    taken += 1
    try:
        await asyncio.sleep(seconds)  # the work
    finally:
        taken -= 1
    return 200, "done"


serve(int(sys.argv[4]), answer, stand_by=True)  # --port
