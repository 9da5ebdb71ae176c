"""
Users who try three times, and wait longer before each, each for a time of their own.
"""

import asyncio
import random

from sends_users import run


async def visit(attempt):
    for tries in range(3):
        if await attempt():
            return True
        await asyncio.sleep(random.uniform(0, 0.5 * 2**tries))
    return False


run(visit)
