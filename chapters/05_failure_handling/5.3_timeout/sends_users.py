"""
Users of a service: twenty a second, whatever became of those before them (open loop).

Each waits half a second for an attempt to be answered. Whether there is another attempt is said
by the program that imports this one.
"""

import asyncio
import os
import time
from itertools import count

RATE = 20  # users a second
PATIENCE = 0.5  # seconds for an attempt


def say(event):
    print(f"{event} {time.monotonic():.3f}", flush=True)


async def attempt(port):
    """Whether one request was answered with 200 in time."""
    say("attempt")
    writer = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
    except OSError:  # a TimeoutError is one, too
        return False
    finally:
        if writer is not None:
            writer.transport.abort()


async def send_users(visit, port):
    async def user():
        say("served" if await visit(lambda: attempt(port)) else "gave up")

    begin = time.monotonic()
    async with asyncio.TaskGroup() as users:
        for number in count():
            users.create_task(user())
            await asyncio.sleep(max(0, begin + (number + 1) / RATE - time.monotonic()))


def run(visit):
    asyncio.run(send_users(visit, int(os.environ["PORT"])))
