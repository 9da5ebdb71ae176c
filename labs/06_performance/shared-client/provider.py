"""
Somebody else's service: tells a price, and counts who came, and over how many connections.

    GET /price       tells a price: at once, or when as many wait as it gathers
    PUT /gather/60   from now on answer sixty at a time; 0: at once, those who wait too
    GET /counts      what it has counted, as JSON
"""

import asyncio
import json
import sys

from stand_ins.tiny_http import listen

counts = {"requests": 0, "connections": 0, "open": 0, "most_waiting": 0, "asked_to_close": 0}
waiting = []
gathers = 0


def answer_waiting():
    while waiting:
        waiting.pop().set()


async def tell_price():
    counts["requests"] += 1
    answered = asyncio.Event()
    waiting.append(answered)
    counts["most_waiting"] = max(counts["most_waiting"], len(waiting))
    if len(waiting) >= gathers:
        answer_waiting()
    await answered.wait()
    return "42"


async def answer(path):
    global gathers
    if path == "/price":
        return await tell_price()
    if path.startswith("/gather/"):
        gathers = int(path.rpartition("/")[2])
        if not gathers:
            answer_waiting()
    return json.dumps(counts)


async def talk(connection):
    customer = False  # whoever only asks for the counts is none
    try:
        while request := await connection.request():
            if request.path == "/price" and not customer:
                customer = True
                counts["connections"] += 1
                counts["open"] += 1
            close = request.headers.get("connection", "").lower() == "close"
            counts["asked_to_close"] += close
            await connection.answer(200, await answer(request.path))
            if close:
                break
    finally:
        counts["open"] -= customer


listen(int(sys.argv[1]), talk)
