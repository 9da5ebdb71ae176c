"""
Somebody else's service: does four things at a time, a tenth of a second each; all others wait.
"""

import asyncio
import sys

from stand_ins.tiny_http import serve

places = asyncio.Semaphore(4)


async def answer(method, path):
    async with places:
        await asyncio.sleep(0.1)
    return 200, f"the engine's answer to {path}"


serve(int(sys.argv[1]), answer, keep_alive=True)
