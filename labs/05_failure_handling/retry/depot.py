"""
Somebody else's service: knows what parcels weigh, and notes who came. A name says how it goes.

    GET /parcels/flaky-7  a 429, 502, 503 or 504, and from the second time on the weight
    GET /parcels/crowd-7  a 503 for the first thirty calls, and from then on the weight
    GET /parcels/lost-7   no answer, and from the second time on the weight
    GET /parcels/cut-7    never an answer: the connection ends
    GET /parcels/down-7   always a 503; missing: a 404; invalid: a 422
    GET /parcels/odd-7    an answer without a weight
    GET /parcels/hangs-7  nothing, for as long as one waits
    GET /visits           for each parcel, when it was asked for, and until when, as JSON
"""

import json
import sys
import time

from stand_ins.tiny_http import listen

visits = {}
STATUS = {"down": 503, "missing": 404, "invalid": 422}
BUSY = (503, 429, 502, 504)
CROWD = 30


async def answer(parcel, times, reader):
    kind, _, digits = parcel.partition("-")
    number = int(digits or 0)
    if kind == "hangs":
        await reader.read()  # until the other side hangs up
    if kind in ("hangs", "cut") or (kind == "lost" and times == 1):
        return None
    if kind == "flaky" and times == 1:
        return BUSY[number % len(BUSY)], {"error": "busy"}
    if kind == "crowd" and times <= CROWD:
        return 503, {"error": "busy"}
    if kind in STATUS:
        return STATUS[kind], {"error": kind}
    return 200, {} if kind == "odd" else {"grams": 42 + number}


async def talk(connection):
    visit = [time.monotonic(), None]
    try:
        if not (request := await connection.request()):
            return
        if request.path == "/visits":
            answered = 200, visits
        else:
            parcel = request.path.rpartition("/")[2]
            visits.setdefault(parcel, []).append(visit)
            answered = await answer(parcel, len(visits[parcel]), connection.reader)
        if answered:
            status, body = answered
            await connection.answer(status, json.dumps(body), "Connection: close")
    finally:
        visit[1] = time.monotonic()


listen(int(sys.argv[1]), talk)
