"""
The time of a trial: no wait goes beyond it, and what it cuts short has shown nothing.
"""

import time
from collections.abc import Callable

from workbench._waiting import wait_until
from workbench.errors import WorkbenchError

ENDING = 5.0  # seconds that are kept back, to end what still runs
LEAST = 0.05  # seconds: what is shorter is no time


class NotTried(WorkbenchError):
    """
    An attack says nothing: the message, a phrase, says why.
    """


class Clock:
    """
    Runs from when it is made.
    """

    def __init__(self, limit: float) -> None:
        self._began = time.monotonic()
        self._limit = limit

    @property
    def took(self) -> float:
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        return max(0.0, self._limit - ENDING - self.took)

    def need(self, seconds: float = LEAST) -> None:
        """
        Raises:
            NotTried: So much is not left.
        """
        if self.left < seconds:
            msg = f"no time was left of {self._limit:g} s; --limit grants more"
            raise NotTried(msg)

    def wait_until(
        self, done: Callable[[], object], timeout: float, *, every: float = 0.02
    ) -> bool:
        """
        As the workbench has it.

        Raises:
            NotTried: The trial's time was over before.
        """
        came = wait_until(done, min(timeout, self.left), every=every)
        if not came:
            self.need()
        return came
