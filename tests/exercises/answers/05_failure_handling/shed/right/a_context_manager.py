from contextlib import asynccontextmanager
from itertools import count

numbers = count()
waiting = {}  # number of who waits: rank and event
inside = set()
tokens = SAVED


def next_in():
    while waiting and len(inside) < AT_THE_ENGINE:
        number = min(waiting, key=lambda each: (waiting[each][0], each))
        inside.add(number)
        waiting.pop(number)[1].set()


@asynccontextmanager
async def place(path):
    number, event = next(numbers), asyncio.Event()
    waiting[number] = "search" in path.split("/")[1], event
    next_in()
    if len(waiting) > LINE:
        last = max(waiting, key=lambda each: (waiting[each][0], each))
        waiting.pop(last)[1].set()
    try:
        await event.wait()
        if number not in inside:
            raise Full
        yield
    finally:
        waiting.pop(number, None)
        inside.discard(number)
        next_in()


async def ask_engine(path):
    global tokens
    async with place(path):
        tokens = min(tokens + 1, SAVED)
        for _ in range(2):
            answer = await client.get(path)
            if answer.status_code != 503 or tokens < 10:
                return answer
            tokens -= 10
        return await client.get(path)
