class Closed:
    def __init__(self):
        self.outcomes = []

    def admits(self):
        return True

    def after(self, outcome):
        self.outcomes = [*self.outcomes, outcome][-10:]
        return Open() if self.outcomes.count("failed") > 4 else self

    def gone(self):
        pass


class Open:
    def __init__(self):
        self.until = time.monotonic() + OPEN_SECONDS

    def admits(self):
        return False


class HalfOpen:
    taken = False

    def admits(self):
        admitted, self.taken = not self.taken, True
        return admitted

    def after(self, outcome):
        return Open() if outcome == "failed" else Closed()

    def gone(self):
        self.taken = False


class Breaker:
    def __init__(self):
        self.state = Closed()

    async def call(self, ask):
        if isinstance(self.state, Open) and time.monotonic() >= self.state.until:
            self.state = HalfOpen()
        mine = self.state
        if not mine.admits():
            raise BreakerOpen
        try:
            answer = await ask()
        except httpx.PoolTimeout:
            mine.gone()
            raise
        except httpx.HTTPStatusError as error:
            self.learn(mine, "failed" if error.response.is_server_error else "fine")
            raise
        except httpx.TransportError:
            self.learn(mine, "failed")
            raise
        except BaseException:
            mine.gone()
            raise
        self.learn(mine, "failed" if answer.is_server_error else "fine")
        return answer

    def learn(self, state, outcome):
        if state is self.state:
            self.state = state.after(outcome)


async def ask_stock(number):
    return await client.get(f"/items/{number}")
