"""
A progress bar over what takes longer than two seconds, gone without a trace when it is over.

In a notebook or a terminal only. It is drawn over with a carriage return, so that neither a
stored output nor the comparison of two outputs ever has a bar in it.
"""

import sys
import time
from typing import Self

QUIET = 2.0  # seconds before anything is shown
WIDTH = 78


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

    def show(self, text: str) -> None:
        """
        Draw the bar with `text` behind it, twice a second at most.
        """
        now = time.monotonic()
        if not self._live or now - self._started < QUIET or now - self._shown < 0.5:
            return
        self._shown = now
        filled = min(20, int(20 * (now - self._started) / self._most))
        bar = f"{'█' * filled}{'░' * (20 - filled)} {now - self._started:3.0f} s  {text}"
        self._draw(bar)
        self._drawn = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._draw("")

    def _draw(self, text: str) -> None:
        sys.stdout.write(f"\r{text[:WIDTH]:{WIDTH}}\r")
        sys.stdout.flush()
