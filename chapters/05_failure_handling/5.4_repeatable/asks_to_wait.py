"""
Is closed for the first second of every path, says so in Retry-After, and notes who comes when.

    GET /name          a 503 with Retry-After: 1, or 200
    GET /arrivals/name the seconds at which requests came, as JSON
"""

import json
import sys
import time

from stand_ins.tiny_http import serve

arrivals = {}


async def answer(method, path):
    if path.startswith("/arrivals"):
        return 200, json.dumps(arrivals[path.removeprefix("/arrivals")])
    came = arrivals.setdefault(path, [])
    came.append(time.monotonic())
    if came[-1] - came[0] < 0.95:  # open a little before it promised
        return 503, "closed", "Retry-After: 1"
    return 200, "open"


serve(int(sys.argv[1]), answer)
