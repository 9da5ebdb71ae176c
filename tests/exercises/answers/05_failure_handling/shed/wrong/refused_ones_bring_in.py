from collections import deque


class Budget:
    def __init__(self):
        self.tokens = SAVED

    def earn(self):
        self.tokens = min(SAVED, self.tokens + 1)

    def spend(self):
        if self.tokens < 10:
            return False
        self.tokens -= 10
        return True


class Door:
    def __init__(self):
        self.inside = 0
        self.lines = {"checkout": deque(), "search": deque()}

    async def enter(self, kind):
        if self.inside < AT_THE_ENGINE:
            self.inside += 1
            return
        if sum(map(len, self.lines.values())) == LINE:
            if kind == "search" or not self.lines["search"]:
                raise Full
            last = self.lines["search"].pop()
            if not last.done():
                last.set_exception(Full())
        turn = asyncio.get_running_loop().create_future()
        self.lines[kind].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self.lines[kind]:
                self.lines[kind].remove(turn)
            elif not turn.cancelled() and turn.exception() is None:
                self.leave()
            raise

    def leave(self):
        for line in self.lines.values():
            while line:
                turn = line.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self.inside -= 1


budget = Budget()
door = Door()


async def ask_engine(path):
    budget.earn()
    await door.enter(path.split("/")[1])
    try:
        for _ in range(ATTEMPTS - 1):
            answer = await client.get(path)
            if answer.status_code != 503 or not budget.spend():
                return answer
        return await client.get(path)
    finally:
        door.leave()
