from collections import deque

inside = 0
checkouts, searches = deque(), deque()
tokens = SAVED


async def get_in(path):
    global inside
    if inside < AT_THE_ENGINE:
        inside += 1
        return
    full = len(checkouts) + len(searches) >= LINE
    if path.startswith("/checkout/"):
        mine = checkouts
        if full and searches:
            last = searches.pop()
            if not last.done():
                last.set_exception(Full())
    else:
        mine = searches
        if full:
            raise Full
    turn = asyncio.get_running_loop().create_future()
    mine.append(turn)
    try:
        await turn
    except asyncio.CancelledError:
        if turn in mine:
            mine.remove(turn)
        elif turn.exception() is None:
            get_out()
        raise


def get_out():
    global inside
    while line := checkouts or searches:
        turn = line.popleft()
        if not turn.done():
            turn.set_result(None)
            return
    inside -= 1


async def ask_engine(path):
    global tokens
    await get_in(path)
    try:
        tokens = min(SAVED, tokens + 1)
        answer = await client.get(path)
        attempts = 1
        while answer.status_code == 503 and attempts < ATTEMPTS and tokens >= 10:
            tokens -= 10
            attempts += 1
            answer = await client.get(path)
        return answer
    finally:
        get_out()
