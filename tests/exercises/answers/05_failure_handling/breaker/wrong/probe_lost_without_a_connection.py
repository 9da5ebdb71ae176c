class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)
        self.opened = time.monotonic()
        self.state = "closed"
        self.generation = 0
        self.probing = False

    def switch(self, state):
        self.state = state
        self.generation += 1
        self.probing = False
        self.results.clear()
        if state == "open":
            self.opened = time.monotonic()

    def admit(self):
        if self.state == "open":
            if time.monotonic() - self.opened < OPEN_SECONDS:
                raise BreakerOpen
            self.switch("half-open")
        if self.state == "half-open":
            if self.probing:
                raise BreakerOpen
            self.probing = True
        return self.generation

    def record(self, generation, failed):
        if generation != self.generation:
            return
        if self.state == "half-open":
            self.switch("open" if failed else "closed")
            return
        self.results.append(failed)
        if sum(self.results) >= 5:
            self.switch("open")

    async def call(self, ask):
        generation = self.admit()
        try:
            answer = await ask()
        except httpx.PoolTimeout:
            raise  # our own pool, not the stock
        except httpx.TransportError:
            self.record(generation, failed=True)
            raise
        except asyncio.CancelledError:
            if generation == self.generation:
                self.probing = False
            raise
        self.record(generation, failed=answer.status_code >= 500)
        return answer


async def ask_stock(number):
    return await client.get(f"/items/{number}")
