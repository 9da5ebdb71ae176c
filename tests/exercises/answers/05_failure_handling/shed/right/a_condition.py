budget = float(SAVED // 10)
there = 0
line = []  # paths and numbers, the next one first
changed = asyncio.Condition()
number = 0


async def ask_engine(path):
    await enter(path)
    try:
        return await with_retries(path)
    finally:
        await asyncio.shield(leave())


async def enter(path):
    global there, number
    async with changed:
        number += 1
        me = (0 if path.startswith("/checkout") else 1, number)
        if there < AT_THE_ENGINE and not line:
            there += 1
            return
        line.append(me)
        line.sort()
        if len(line) > LINE:
            line.pop()
            changed.notify_all()
        try:
            await changed.wait_for(
                lambda: me not in line or (line[0] == me and there < AT_THE_ENGINE)
            )
        except asyncio.CancelledError:
            if me in line:
                line.remove(me)
            changed.notify_all()
            raise
        if me not in line:
            raise Full
        line.remove(me)
        there += 1
        changed.notify_all()


async def leave():
    global there
    async with changed:
        there -= 1
        changed.notify_all()


async def with_retries(path):
    global budget
    budget = min(SAVED / 10, budget + 0.1)
    answer = await client.get(path)
    for _ in range(ATTEMPTS - 1):
        if answer.status_code != 503 or budget < 0.999:
            return answer
        budget -= 1
        answer = await client.get(path)
    return answer
