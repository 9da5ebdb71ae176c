"""
Takes orders from a stream, four at a time; on SIGTERM gives back what is not done in time.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import psycopg
import redis.asyncio as redis

STREAM, GROUP, BATCH = "orders", "charging", 4
ME = sys.argv[1]
WORK = float(os.environ.get("WORK", "0.3"))  # seconds for an order
VISIBILITY = int(1000 * float(os.environ.get("VISIBILITY", "2")))  # milliseconds
GRACE = float(os.environ.get("GRACE", "1"))  # seconds that an order is still given


async def fetch(queue):
    print("fetches", flush=True)
    _, overdue, _ = await queue.xautoclaim(STREAM, GROUP, ME, VISIBILITY, count=BATCH)
    if overdue:
        return overdue
    streams = await queue.xreadgroup(GROUP, ME, {STREAM: ">"}, count=BATCH, block=200)
    return streams[0][1] if streams else []


async def give_back(queue, held):
    """Make them as old as if their time were up: anybody may take them now."""
    for key, _ in held:
        await queue.xclaim(STREAM, GROUP, ME, 0, [key], idle=VISIBILITY, justid=True)


async def charge(order, database):
    print(order, "begun", flush=True)
    await asyncio.sleep(WORK / 2)  # what does it cost?
    await database.execute("INSERT INTO charges VALUES (%s)", [order])
    print(order, "charged", flush=True)
    await asyncio.sleep(WORK / 2)  # the receipt
    print(order, "receipt sent", flush=True)


async def main():
    queue = redis.Redis.from_url(os.environ["QUEUE"], decode_responses=True)
    url = os.environ["DATABASE"]
    database = await psycopg.AsyncConnection.connect(url, autocommit=True)
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)  # there is none until SIGTERM
    loop.add_signal_handler(signal.SIGTERM, lambda: limit.reschedule(loop.time() + GRACE))
    with suppress(TimeoutError):
        async with limit:
            while limit.when() is None:
                held = await fetch(queue)
                while held and limit.when() is None:
                    key, entry = held[0]
                    await charge(entry["order"], database)
                    await queue.xack(STREAM, GROUP, key)
                    del held[0]
    await give_back(queue, held)


asyncio.run(main())
