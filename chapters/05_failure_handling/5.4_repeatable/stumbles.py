"""
Answers at once, but for so many in a hundred requests, drawn: these take a second.

    GET /         an answer
    GET /arrived  how many have asked
"""

import asyncio
import random
import sys

from stand_ins.tiny_http import serve

slow = int(sys.argv[2])  # of a hundred
chance = random.Random(5)
arrived = 0


async def answer(method, path):
    global arrived
    if path == "/arrived":
        return 200, str(arrived)
    arrived += 1
    if chance.randrange(100) < slow:
        await asyncio.sleep(1)
    return 200, "done"


serve(int(sys.argv[1]), answer)
