"""
What happens in a run, in its order.
"""

import threading
import time
from typing import Any

from .seen import Event


class Journal:
    """
    Events, each with its second since the shop opened.
    """

    def __init__(self) -> None:
        self.opened = time.monotonic()
        self._events: list[Event] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.monotonic() - self.opened

    def note(
        self, what: str, *, at: float | None = None, hidden: bool = False, **details: Any
    ) -> None:
        """
        Note an event; a hidden one is told when all is over.
        """
        with self._lock:
            moment = self.now() if at is None else at
            self._events.append(Event(moment, what, details, not hidden))

    @property
    def events(self) -> list[Event]:
        with self._lock:
            return sorted(self._events, key=lambda event: event.at)
