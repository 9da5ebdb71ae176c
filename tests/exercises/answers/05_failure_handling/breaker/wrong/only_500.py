def blames_stock(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == 500
    return isinstance(error, httpx.TransportError)


class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)
        self.state = "closed"
        self.opened = 0.0
        self.probing = False

    async def call(self, ask):
        if self.state == "open":
            if time.monotonic() - self.opened < OPEN_SECONDS:
                raise BreakerOpen
            self.state = "half-open"
        if self.state == "half-open":
            if self.probing:
                raise BreakerOpen
            self.probing = True
        try:
            answer = await ask()
        except asyncio.CancelledError:
            self.probing = False
            raise
        except Exception as error:
            if blames_stock(error):
                self.on_failure()
            else:
                self.on_success()
            raise
        self.on_success()
        return answer

    def on_failure(self):
        self.probing = False
        self.results.append(True)
        if self.state == "half-open" or sum(self.results) >= 5:
            self.state = "open"
            self.opened = time.monotonic()

    def on_success(self):
        self.probing = False
        if self.state == "half-open":
            self.results.clear()
            self.state = "closed"
        self.results.append(False)


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
