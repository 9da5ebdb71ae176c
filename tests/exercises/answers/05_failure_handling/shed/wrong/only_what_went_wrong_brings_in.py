from bisect import insort
from itertools import count

free = AT_THE_ENGINE
line = []  # who waits, in the order in which they are called
numbers = count()
saved = SAVED


class Waiting:
    def __init__(self, path):
        self.order = not path.startswith("/checkout"), next(numbers)
        self.told = asyncio.Event()

    def tell(self, *, called):
        self.called = called  # to the engine; who is told and isn't called is refused
        self.told.set()


async def ask_engine(path):
    await get_place(path)
    try:
        return await ask(path)
    finally:
        call_next()


async def get_place(path):
    global free
    if free:
        free -= 1
        return
    me = Waiting(path)
    insort(line, me, key=lambda each: each.order)
    if len(line) > LINE:
        line.pop().tell(called=False)  # the last search, if there is one: perhaps me
    try:
        await me.told.wait()
    except asyncio.CancelledError:
        if me in line:
            line.remove(me)
        elif me.called:  # in the moment of leaving
            call_next()
        raise
    if not me.called:
        raise Full


def call_next():
    global free
    if line:
        line.pop(0).tell(called=True)
    else:
        free += 1


async def ask(path):
    global saved
    for _ in range(ATTEMPTS - 1):
        answer = await client.get(path)
        if answer.status_code != 503:
            return answer
        saved = min(SAVED, saved + 1) if _ == 0 else saved
        if saved < 10:
            return answer
        saved -= 10
    return await client.get(path)
