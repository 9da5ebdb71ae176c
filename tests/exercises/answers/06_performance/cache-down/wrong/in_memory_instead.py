import time

known = [None, 0.0]
busy = asyncio.Lock()


async def get_price():
    async with busy:
        if time.monotonic() > known[1]:
            known[:] = await ask_database(), time.monotonic() + FRESH_SECONDS
    return known[0]
