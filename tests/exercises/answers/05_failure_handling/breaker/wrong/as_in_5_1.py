def blames(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class Breaker:
    def __init__(self, *, failures=5, of=10):
        self.failures = failures
        self.results = deque(maxlen=of)  # True for a failure
        self.epoch = 0
        self.become("closed")

    def become(self, state):
        print("breaker", state, flush=True)
        self.state = state
        self.since = time.monotonic()
        self.epoch += 1
        self.probing = False
        self.results.clear()

    async def call(self, function):
        if self.state == "open" and time.monotonic() - self.since >= OPEN_SECONDS:
            self.become("half-open")
        if self.state == "open" or self.probing:
            raise BreakerOpen
        self.probing = self.state == "half-open"
        epoch = self.epoch
        try:
            answer = await function()
        except Exception as error:
            self.note(epoch, failed=blames(error))
            raise
        except BaseException:  # our own caller has gone: that is news of nobody's health
            if epoch == self.epoch:
                self.probing = False  # the next one is the probe
            raise
        self.note(epoch, failed=False)
        return answer

    def note(self, epoch, *, failed):
        if epoch != self.epoch:
            return  # the call began before the last change: old news
        if self.state == "half-open":
            self.become("open" if failed else "closed")
            return
        self.results.append(failed)
        if sum(self.results) >= self.failures:
            self.become("open")


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
