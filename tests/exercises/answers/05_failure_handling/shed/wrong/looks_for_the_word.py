from bisect import insort
from itertools import count

free = AT_THE_ENGINE
line = []
numbers = count()
budget = SAVED


def is_checkout(path):
    return "checkout" in path


def release():
    global free
    while line:
        turn = line.pop(0)[2]
        if not turn.done():
            turn.set_result(None)
            return
    free += 1


async def acquire(path):
    global free
    if free:
        free -= 1
        return
    turn = asyncio.get_running_loop().create_future()
    entry = (0 if is_checkout(path) else 1, next(numbers), turn)
    insort(line, entry)
    if len(line) > LINE:
        last = line.pop()[2]
        if not last.done():
            last.set_exception(Full())
    try:
        await turn
    except asyncio.CancelledError:
        if entry in line:
            line.remove(entry)
        elif turn.exception() is None:
            release()
        raise


async def ask_engine(path):
    global budget
    await acquire(path)
    try:
        budget = min(SAVED, budget + 1)
        answer = await client.get(path)
        for _ in range(ATTEMPTS - 1):
            if answer.status_code != 503 or budget < 10:
                break
            budget -= 10
            answer = await client.get(path)
        return answer
    finally:
        release()
