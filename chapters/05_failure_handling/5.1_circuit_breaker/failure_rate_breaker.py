"""
A circuit breaker: 5 failures in the last 10 calls open it, one probe that succeeds closes it.
"""

import time
from collections import deque


class BreakerOpen(Exception):
    """
    The call was not made.
    """


class Breaker:
    def __init__(self, blames, *, failures=5, of=10, open_seconds=1.0):
        self.blames = blames  # whether an error is the dependency's fault
        self.failures = failures
        self.results = deque(maxlen=of)  # True for a failure
        self.open_seconds = open_seconds
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
        if self.state == "open" and time.monotonic() - self.since >= self.open_seconds:
            self.become("half-open")
        if self.state == "open" or self.probing:
            raise BreakerOpen
        self.probing = self.state == "half-open"
        epoch = self.epoch
        try:
            answer = await function()
        except Exception as error:
            self.note(epoch, failed=self.blames(error))
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
