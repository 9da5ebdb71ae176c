"""
Users who try three times, at once.
"""

from sends_users import run


async def visit(attempt):
    for _ in range(3):
        if await attempt():
            return True
    return False


run(visit)
