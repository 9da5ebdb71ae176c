import heapq


class Door:
    def __init__(self):
        self.inside, self.came, self.waiting = 0, 0, []
        self.tokens = SAVED

    def first(self):
        while self.waiting and self.waiting[0][2].done():
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None


door = Door()


async def take_place(path):
    if door.inside < AT_THE_ENGINE:
        door.inside += 1
        return
    door.came += 1
    turn = asyncio.get_running_loop().create_future()
    heapq.heappush(door.waiting, (not path.startswith("/checkout"), door.came, turn))
    alive = [each for each in door.waiting if not each[2].done()]
    if len(alive) > LINE:
        max(alive)[2].set_result(False)
    try:
        admitted = await turn
    except asyncio.CancelledError:
        if turn.done() and not turn.cancelled() and turn.result():
            give_place()
        raise
    if not admitted:
        raise Full


def give_place():
    if first := door.first():
        first[2].set_result(True)
    else:
        door.inside -= 1


async def ask_engine(path):
    await take_place(path)
    try:
        door.tokens = min(door.tokens + 1, SAVED)
        for left in reversed(range(ATTEMPTS)):
            answer = await client.get(path)
            if answer.status_code == 503 and left and door.tokens >= 10:
                door.tokens -= 10
            else:
                return answer
    finally:
        give_place()
