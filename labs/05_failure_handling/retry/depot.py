"""
Somebody else's service: knows what parcels weigh, and notes who came.

    GET /parcels/4711           the weight, unless something else was said of this parcel
    PUT /parcels/4711/KIND      from now on, for whoever asks for it:

        once-503     a 503 the first time (or another status), and from then on the weight
        always-404   a 404 each time (or another status)
        crowd        a 503 for the first thirty calls, and from then on the weight
        slow         a 503 each time, and after more than two seconds
        lost         no answer the first time, and from then on the weight
        cut          never an answer: the connection ends
        odd          an answer without a weight
        hangs        nothing, for as long as one waits

    GET /visits                 for each parcel, when it was asked for, and until when, as JSON
"""

import asyncio
import json
import sys
import time

from stand_ins.tiny_http import listen

kinds = {}
visits = {}
CROWD = 30
SLOW_SECONDS = 2.4


async def answer(parcel, times, reader):
    kind, _, status = kinds.get(parcel, "").partition("-")
    if kind == "hangs":
        await reader.read()  # until the other side hangs up
    if kind == "slow":
        await asyncio.sleep(SLOW_SECONDS)
    if kind in ("hangs", "cut") or (kind == "lost" and times == 1):
        return None
    if kind == "always" or (kind == "once" and times == 1):
        return int(status), {"error": "not this time"}
    if kind == "slow" or (kind == "crowd" and times <= CROWD):
        return 503, {"error": "busy"}
    return 200, {} if kind == "odd" else {"grams": 42 + int(parcel)}


async def talk(connection):
    visit = [time.monotonic(), None]
    try:
        if not (request := await connection.request()):
            return
        if request.path == "/visits":
            answered = 200, visits
        elif request.method == "PUT":
            _, _, parcel, kinds[parcel] = request.path.split("/")
            answered = 200, kinds
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
