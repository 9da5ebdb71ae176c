"""
Takes parcels from a stream, four at a time: weighs them, books the postage, prints a label.
"""

import asyncio
import os
import sqlite3
import sys

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
# TODO: whatever becomes of a worker, each parcel is booked once, and soon.
def book(parcel):
    ledger.execute("INSERT INTO bookings VALUES (?, ?)", (parcel, ME))


async def handle(entry):
    parcel, seconds = entry["parcel"], float(entry["seconds"])
    await weigh(parcel, seconds)
    book(parcel)
    await print_label(parcel, seconds)


async def work():
    while True:
        streams = await queue.xreadgroup(
            GROUP, ME, {STREAM: ">"}, count=BATCH, block=100, noack=True
        )
        for _, entries in streams:
            for _, entry in entries:
                await handle(entry)


# --- to here

if __name__ == "__main__":
    print("ready", flush=True)
    asyncio.run(work())
