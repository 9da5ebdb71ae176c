from collections import deque

there = 0
checkouts, searches = deque(), deque()
saved = SAVED


async def ask_engine(path):
    global there
    if there < AT_THE_ENGINE:
        there += 1
    else:
        await stand_in(checkouts if path.startswith("/checkout") else searches)
    try:
        return await ask(path)
    finally:
        leave_place()


async def stand_in(line):
    if len(checkouts) + len(searches) == LINE:
        if line is searches or not searches:
            raise Full
        searches.pop().set_exception(Full())
    turn = asyncio.get_running_loop().create_future()
    line.append(turn)
    try:
        await asyncio.shield(turn)
    except asyncio.CancelledError:
        if turn in line:
            line.remove(turn)
        elif not turn.exception():
            leave_place()
        raise


def leave_place():
    global there
    line = checkouts or searches
    if line:
        line.popleft().set_result(None)
    else:
        there -= 1


async def ask(path):
    global saved
    saved = min(SAVED, saved + 1)
    attempts = 1
    while (answer := await client.get(path)).status_code == 503:
        if attempts == ATTEMPTS or saved < 10:
            break
        attempts += 1
        saved -= 10
    return answer
