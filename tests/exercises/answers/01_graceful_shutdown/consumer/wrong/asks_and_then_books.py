import signal
from contextlib import suppress

MILLISECONDS = int(1000 * VISIBILITY)


def book(parcel):
    booked = ledger.execute("SELECT 1 FROM bookings WHERE parcel = ?", (parcel,)).fetchone()
    if not booked:
        ledger.execute("INSERT INTO bookings VALUES (?, ?)", (parcel, ME))


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
