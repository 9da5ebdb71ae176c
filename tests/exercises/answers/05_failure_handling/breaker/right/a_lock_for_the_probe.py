class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)
        self.opened = None  # when, if it is
        self.probe = asyncio.Lock()

    async def call(self, ask):
        if self.opened is None:
            return await self.observe(ask)
        if time.monotonic() < self.opened + OPEN_SECONDS or self.probe.locked():
            raise BreakerOpen
        async with self.probe:
            try:
                answer = await ask()
            except NoNews:
                raise
            except httpx.HTTPError as error:
                self.opened = time.monotonic() if is_failure(error) else None
                raise
            self.opened = None
            return answer

    async def observe(self, ask):
        try:
            answer = await ask()
        except NoNews:
            raise
        except httpx.HTTPError as error:
            self.learn(is_failure(error))
            raise
        self.learn(False)
        return answer

    def learn(self, failed):  # of a call from before, too, once it has closed again
        if self.opened is not None:
            return
        self.results.append(failed)
        if self.results.count(True) == 5:
            self.opened = time.monotonic()
            self.results.clear()


class StockFailed(httpx.TransportError):
    pass


NoNews = (asyncio.CancelledError, httpx.PoolTimeout)


def is_failure(error):
    return isinstance(error, httpx.TransportError)


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    if answer.status_code >= 500:
        raise StockFailed(f"the stock answered {answer.status_code}")
    return answer
