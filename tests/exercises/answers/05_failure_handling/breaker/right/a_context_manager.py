from contextlib import asynccontextmanager


class Breaker:
    def __init__(self):
        self.failed = deque([False] * 10, maxlen=10)
        self.opened_at = None
        self.probing = False
        self.generation = 0

    async def call(self, ask):
        async with self.watched():
            return await ask()

    @asynccontextmanager
    async def watched(self):
        if self.opened_at is not None:
            if self.probing or time.monotonic() - self.opened_at < OPEN_SECONDS:
                raise BreakerOpen
            self.probing = True
            self.generation += 1
        generation = self.generation
        try:
            yield
        except (httpx.PoolTimeout, asyncio.CancelledError):
            if generation == self.generation:
                self.probing = False
            raise
        except httpx.HTTPStatusError as error:
            self.note(generation, error.response.status_code // 100 == 5)
            raise
        except httpx.TransportError:
            self.note(generation, True)
            raise
        else:
            self.note(generation, False)

    def note(self, generation, failed):
        if generation != self.generation:
            return
        self.failed.append(failed)
        if (self.probing and failed) or sum(self.failed) == 5:
            self.generation += 1
            self.opened_at = time.monotonic()
            self.failed.extend([False] * 10)
        elif self.probing:
            self.opened_at = None
        self.probing = False


async def ask_stock(number):
    answer = await client.get(f"/items/{number}")
    answer.raise_for_status()
    return answer
