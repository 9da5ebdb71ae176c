"""
Asks the next service, up to three times, and passes its answer on.
"""

import os
import sys

from tenacity import retry, stop_after_attempt, wait_random_exponential

from stand_ins.tiny_http import Unavailable, get, serve


@retry(
    wait=wait_random_exponential(multiplier=0.01),  # a hundredth of the usual second
    stop=stop_after_attempt(3),
    reraise=True,
)
async def ask_next():
    return await get(int(os.environ["NEXT_PORT"]))


async def answer(method, path):
    try:
        return 200, await ask_next()
    except (Unavailable, OSError):
        return 503, "the next service did not answer"


serve(int(sys.argv[1]), answer)
