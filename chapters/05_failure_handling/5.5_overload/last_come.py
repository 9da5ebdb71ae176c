"""
Has four places, a fifth of a second a request. All wait; who came last is served first.
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

free = 4  # places
work = 0.2  # seconds
line = []  # a future for each who waits, the last to come at its end


async def answer(method, path):
    global free
    if free:
        free -= 1
    else:
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        await turn
    await asyncio.sleep(work)
    if line:
        line.pop().set_result("your turn")
    else:
        free += 1
    return 200, "done"


serve(int(sys.argv[1]), answer)
