def blames_stock(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)  # True for a failure
        self.become("closed")

    def become(self, state):
        self.state = state
        self.since = time.monotonic()
        self.change = object()  # a call that began before another change is old news
        self.probing = False
        self.results.clear()

    async def call(self, ask):
        if self.state == "open" and time.monotonic() - self.since >= OPEN_SECONDS:
            self.become("half-open")
        if self.state == "open" or self.probing:
            raise BreakerOpen
        self.probing = self.state == "half-open"
        change = self.change
        try:
            answer = await ask()
        except Exception as error:
            self.note(change, failed=blames_stock(error))
            raise
        except BaseException:  # cancelled: no news, and the next call is the probe
            if change is self.change:
                self.probing = False
            raise
        self.note(change, failed=False)
        return answer

    def note(self, change, *, failed):
        if change is not self.change:
            return
        self.results.append(failed)
        if self.state == "half-open":
            if failed:
                self.become("open")
        elif sum(self.results) >= 5:
            self.become("open")


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
