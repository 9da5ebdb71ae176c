"""
Has four places, a fifth of a second a request. Eight wait in line, who pays before who looks.
"""

import asyncio
import sys
from bisect import insort
from itertools import count

from stand_ins.tiny_http import serve

LINE = 8
RANK = {"/checkout": 1, "/browse": 2}

free = 4  # places
work = 0.2  # seconds
line = []  # rank, number and future of each who waits, in the order in which they are served
numbers = count()


async def answer(method, path):
    global free
    if free:
        free -= 1
    else:
        turn = asyncio.get_running_loop().create_future()
        insort(line, (RANK[path], next(numbers), turn))
        if len(line) > LINE:
            *_, last = line.pop()  # of those who matter least: perhaps the one who has come now
            last.set_result("refused")
        if await turn == "refused":
            return 503, "full"
    await asyncio.sleep(work)
    if line:
        *_, first = line.pop(0)
        first.set_result("your turn")
    else:
        free += 1
    return 200, "done"


serve(int(sys.argv[1]), answer)
