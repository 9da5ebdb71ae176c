def verdict_on_stock(error):
    """
    True if the stock has failed, False if it has not, None if that says nothing of it.
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    if isinstance(error, httpx.PoolTimeout):  # it was not asked
        return None
    return True if isinstance(error, httpx.TransportError) else None


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
        change, failed = self.change, None
        try:
            answer = await ask()
            failed = False
        except Exception as error:
            failed = verdict_on_stock(error)
            raise
        finally:  # a customer who has gone, too, gives back the right to try
            if change is self.change:
                self.note(failed)
        return answer

    def note(self, failed):
        self.probing = False
        if failed is None:
            return
        self.results.append(failed)
        if self.state == "half-open":
            self.become("open" if failed else "closed")
        elif sum(self.results) > 3:
            self.become("open")


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
