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


def say(event, number):
    print(f"{event} {number} {time.monotonic():.3f}", flush=True)


async def get(path, port):
    """Status, headers and body of an answer, in one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        return await reader.read()
    finally:
        writer.transport.abort()


async def attempt(port):
    """Whether one request was answered with 200 in time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return (await get("/", port)).startswith(b"HTTP/1.1 200 ")
    except OSError:  # a TimeoutError is one, too
        return False


async def send_users(visit, port):
    async def user(number):
        def try_once():
            say("attempt", number)
            return attempt(port)

        say("served" if await visit(try_once) else "gave up", number)

    begin = time.monotonic()
    async with asyncio.TaskGroup() as users:
        for number in count():
            users.create_task(user(number))
            await asyncio.sleep(max(0, begin + (number + 1) / RATE - time.monotonic()))


def run(visit):
    asyncio.run(send_users(visit, int(os.environ["PORT"])))
