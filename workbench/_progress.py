"""
A line of progress over what takes longer than two seconds, gone without a trace at its end.

In a notebook or a terminal only. It is drawn over with a carriage return, so that neither a
stored output nor the comparison of two outputs ever has it in them.
"""

import sys
import time
from collections.abc import Sequence
from typing import Self

QUIET = 2.0  # seconds before anything is shown
WIDTH = 78
COLUMNS = 20  # of the bar
LEVELS = "▁▂▃▄▅▆▇█"
LOW = 0.1  # what is drawn low whatever the rest is: nobody waits for a tenth of a second


class Progress:
    """
    Seconds passed of the seconds that something may take.
    """

    def __init__(self, most: float) -> None:
        self._most = most
        self._started = self._shown = time.monotonic()
        self._drawn = False
        # ipykernel's stream is no terminal, but JupyterLab obeys a carriage return.
        self._live = sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")

    @property
    def due(self) -> bool:
        """
        Whether `show()` would draw now: twice a second at most.
        """
        now = time.monotonic()
        return self._live and now - self._started >= QUIET and now - self._shown >= 0.5

    def show(self, text: str, seconds: Sequence[float] = ()) -> None:
        """
        Draw the line, if that is due.

        Args:
            text: What stands at its end.
            seconds: What each of many things has taken: drawn in place of the bar.
        """
        if not self.due:
            return
        self._shown = time.monotonic()
        passed = self._shown - self._started
        filled = min(COLUMNS, int(COLUMNS * passed / self._most))
        bar = sparkline(seconds) or "█" * filled + "░" * (COLUMNS - filled)
        self._draw(f"{bar} {passed:3.0f} s · {text}")
        self._drawn = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._draw("")

    def _draw(self, text: str) -> None:
        sys.stdout.write(f"\r{text[:WIDTH]:{WIDTH}}\r")
        sys.stdout.flush()


def sparkline(values: Sequence[float]) -> str:
    """
    Values in their order as a line of blocks: the highest of each share of them.
    """
    share = -(-len(values) // COLUMNS) or 1
    highest = [max(values[at : at + share]) for at in range(0, len(values), share)]
    top = max([LOW, *highest])
    return "".join(LEVELS[int((len(LEVELS) - 1) * value / top)] for value in highest)
