import signal
import time

IDLE = round(VISIBILITY * 1000)  # milliseconds


class Lost(Exception):
    """We have stood still for too long: others may have our parcels."""


held = {}  # what we have fetched and not done: its key in the stream, and the entry
renewed = 0.0  # when we have last told the queue that we have them
told = None  # when SIGTERM came


def note(signum, frame):
    global told
    told = told or time.monotonic()


signal.signal(signal.SIGTERM, note)


def check_held():
    if time.monotonic() - renewed > 0.9 * VISIBILITY:
        held.clear()
        raise Lost


def book(parcel):
    ledger.execute(
        "INSERT INTO bookings SELECT ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM bookings WHERE parcel = ?)",
        (parcel, ME, parcel),
    )


async def handle(key):
    entry = held[key]
    parcel, seconds = entry["parcel"], float(entry["seconds"])
    await weigh(parcel, seconds)
    check_held()
    book(parcel)
    await print_label(parcel, seconds)
    check_held()
    await queue.xack(STREAM, GROUP, key)
    held.pop(key, None)


async def fetch(cursor):
    global renewed
    renewed = time.monotonic()
    cursor, entries, *_ = await queue.xautoclaim(
        STREAM, GROUP, ME, IDLE, start_id=cursor, count=BATCH
    )
    if not entries:
        renewed = time.monotonic()
        streams = await queue.xreadgroup(GROUP, ME, {STREAM: ">"}, count=BATCH, block=100)
        entries = [entry for _, some in streams for entry in some]
    held.update(entries)
    return cursor


async def renew(done):
    global renewed
    while True:
        await asyncio.wait({done}, timeout=VISIBILITY / 5)
        if done.done():
            return
        if time.monotonic() - renewed > 0.9 * VISIBILITY:
            return  # lost
        now = time.monotonic()
        if held:
            await queue.xclaim(STREAM, GROUP, ME, 0, list(held), justid=True)
        renewed = now


async def give_back():
    if held:
        check_held()
        await queue.xclaim(STREAM, GROUP, ME, 0, list(held), idle=IDLE, justid=True)
        held.clear()


async def work():
    cursor = "0-0"
    while not told:
        cursor = await fetch(cursor)
        done = asyncio.get_running_loop().create_future()
        renewal = asyncio.create_task(renew(done))
        try:
            while held and not told:
                job = asyncio.create_task(handle(next(iter(held))))
                while not job.done() and not (told and time.monotonic() - told > 0.7 * GRACE):
                    await asyncio.wait({job}, timeout=0.02)
                if not job.done():
                    job.cancel()
                    await asyncio.wait({job})
                elif job.exception():
                    raise job.exception()
            done.set_result(None)
            await asyncio.wait({renewal})  # before we give back, or it might come after
            await give_back()
        except Lost:
            held.clear()
        finally:
            if not done.done():
                done.set_result(None)
            await asyncio.wait({renewal})
