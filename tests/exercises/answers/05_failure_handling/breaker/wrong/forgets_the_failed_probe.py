def blames_stock(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class Breaker:
    def __init__(self):
        self.results = deque(maxlen=10)  # True for a failure
        self.is_open = False
        self.opened = 0.0
        self.probing = False

    async def call(self, ask):
        probe = self.is_open
        if probe:
            if self.probing or time.monotonic() - self.opened < OPEN_SECONDS:
                raise BreakerOpen
            self.probing = True
        try:
            answer = await ask()
        except Exception as error:
            self.note(probe, failed=blames_stock(error))
            raise
        except BaseException:  # cancelled: no news, and the next call is the probe
            if probe:
                self.probing = False
            raise
        self.note(probe, failed=False)
        return answer

    def note(self, probe, *, failed):
        if probe:
            self.probing = False
            if not failed:
                self.is_open = False
                self.results.clear()
        elif not self.is_open:
            self.results.append(failed)
            if sum(self.results) >= 5:
                self.is_open = True
                self.opened = time.monotonic()


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
