"""
Asks the next service, and passes its answer on.
"""

import os
import sys

from stand_ins.tiny_http import Unavailable, get, serve


async def ask_next():
    return await get(int(os.environ["NEXT_PORT"]))


async def answer(method, path):
    try:
        return 200, await ask_next()
    except (Unavailable, OSError):
        return 503, "the next service did not answer"


serve(int(sys.argv[1]), answer)
