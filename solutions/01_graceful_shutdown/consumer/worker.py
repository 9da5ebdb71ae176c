"""
Takes parcels from a stream, four at a time: weighs them, books the postage, prints a label.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import suppress

from redis.asyncio import Redis

STREAM, GROUP, BATCH = "parcels", "postage", 4
ME = sys.argv[1]
VISIBILITY = float(os.environ.get("VISIBILITY", "30"))  # seconds
GRACE = float(os.environ.get("GRACE", "10"))  # seconds from SIGTERM to SIGKILL

queue = Redis.from_url(os.environ.get("QUEUE", "redis://127.0.0.1"), decode_responses=True)
ledger = sqlite3.connect(os.environ.get("LEDGER", "ledger.db"), timeout=5, isolation_level=None)
ledger.execute("CREATE TABLE IF NOT EXISTS bookings (parcel TEXT, worker TEXT)")


async def weigh(parcel, seconds):
    print(f"{parcel} weighed by {ME}", flush=True)
    await asyncio.sleep(seconds / 2)


async def print_label(parcel, seconds):
    await asyncio.sleep(seconds / 2)
    print(f"{parcel} labelled by {ME}", flush=True)


# --- yours from here
MILLISECONDS = int(1000 * VISIBILITY)


def book(parcel):
    ledger.execute(
        "INSERT INTO bookings SELECT ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM bookings WHERE parcel = ?)",
        (parcel, ME, parcel),
    )


async def handle(entry):
    parcel, seconds = entry["parcel"], float(entry["seconds"])
    await weigh(parcel, seconds)
    book(parcel)
    await print_label(parcel, seconds)


async def fetch():
    """What others have left for too long, or what is new."""
    _, left, _ = await queue.xautoclaim(STREAM, GROUP, ME, MILLISECONDS, count=BATCH)
    if left:
        return left
    streams = await queue.xreadgroup(GROUP, ME, {STREAM: ">"}, count=BATCH, block=100)
    return streams[0][1] if streams else []


async def is_ours(key):
    """Whoever has stood still may have lost it."""
    return await queue.xpending_range(STREAM, GROUP, key, key, 1, ME)


async def make_old(entries, milliseconds):
    """Have it look as if we had fetched them so long ago, if they are ours."""
    for key, _ in entries:
        if await is_ours(key):
            await queue.xclaim(STREAM, GROUP, ME, 0, [key], idle=milliseconds, justid=True)


async def hold(entries):
    """Make them new again, all the time: whoever stands still stops doing it."""
    while True:
        await asyncio.sleep(VISIBILITY / 5)
        await make_old(entries, 0)


async def work():
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)  # there is none until SIGTERM
    loop.add_signal_handler(signal.SIGTERM, lambda: limit.reschedule(loop.time() + 0.6 * GRACE))
    entries = []
    with suppress(TimeoutError):
        async with limit:
            while limit.when() is None:
                entries = await fetch()
                holding = asyncio.create_task(hold(entries))
                try:
                    while entries:
                        key, entry = entries[0]
                        ours = await is_ours(key)
                        if limit.when() is not None:
                            break
                        if ours:
                            await handle(entry)
                            await queue.xack(STREAM, GROUP, key)
                        del entries[0]
                finally:
                    holding.cancel()
    await make_old(entries, MILLISECONDS)  # and anybody may take them now


# --- to here

if __name__ == "__main__":
    print("ready", flush=True)
    asyncio.run(work())
