"""
Users who try three times, as long as together they retry no more than one request in ten.
"""

from sends_users import run

tokens = 5.0


async def visit(attempt):
    global tokens
    tokens = min(5.0, tokens + 0.1)
    for _ in range(3):
        if await attempt():
            return True
        if tokens < 1:
            return False
        tokens -= 1
    return False


run(visit)
