def blames_stock(error):
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


class Breaker:
    def __init__(self):
        self.failures = 0
        self.opened = None
        self.probing = False

    async def call(self, ask):
        if self.opened is not None:
            if self.probing or time.monotonic() - self.opened < OPEN_SECONDS:
                raise BreakerOpen
            self.probing = True
        try:
            answer = await ask()
        except Exception as error:
            if blames_stock(error):
                self.failures += 1
                if self.probing or self.failures >= 5:
                    self.opened = time.monotonic()
            raise
        else:
            if self.probing:
                self.opened, self.failures = None, 0
            return answer
        finally:
            self.probing = False


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
