class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)  # True for a failure
        self.opened = time.monotonic()
        self.state = "closed"
        self.probing = False

    def open(self):
        self.state = "open"
        self.opened = time.monotonic()
        self.results.clear()

    def close(self):
        self.state = "closed"

    async def call(self, ask):
        if self.state == "open" and time.monotonic() - self.opened >= OPEN_SECONDS:
            self.state = "half-open"
        if self.state == "open" or self.probing:
            raise BreakerOpen
        began = self.state
        self.probing = began == "half-open"
        failed = None  # nothing learnt
        try:
            answer = await ask()
            failed = answer.status_code >= 500
            return answer
        except httpx.PoolTimeout:
            raise  # that is our own limit
        except httpx.TransportError:
            failed = True
            raise
        finally:
            self.learn(began, failed)

    def learn(self, began, failed):
        if failed is not None:
            self.results.append(failed)
        if began != self.state:
            return  # old news
        if began == "half-open":
            self.probing = False  # if nothing was learnt, the next one is the probe
            if failed is True:
                self.open()
            elif failed is False:
                self.close()
        elif sum(self.results) >= 5:
            self.open()


async def ask_stock(number):
    return await client.get(f"/items/{number}")
