"""
Answers; from its ninetieth request on it has an illness, which its second argument names.
"""

import sys
from itertools import count

from stand_ins.tiny_http import serve

ILLNESSES = {
    "a blip": lambda since: since < 18,
    "comes and goes": lambda since: since % 36 < 18,
    "outage": lambda since: since < 90,
    "slow": lambda since: since % 33 == 0,
}
fails = ILLNESSES[sys.argv[2]]
numbers = count(-90)


async def answer(_method, _path):
    since = next(numbers)
    return (500, "ill") if since >= 0 and fails(since) else (200, "well")


serve(int(sys.argv[1]), answer)
