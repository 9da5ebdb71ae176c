"""
How slow is this machine, just now?

While a check runs, a small Python program is started again and again, and each start is timed.
It imports what services import, so whatever holds them up, holds it up, too: an old processor,
neighbours, the quota of a container, the check's own load. A service that waits in vain does
not: who waits uses no core. So a machine that is slow can be told from an answer that hangs.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import mean
from typing import Self

USUAL = 0.4  # seconds that a start takes where the checks are made, with both cores busy
MOST = 4.0  # times slower; beyond, nobody would wait for the end of a check
REST = 0.5  # seconds between two starts, at least
START = (sys.executable, "-I", "-S", "-c", "import asyncio, http.server")


class Meter:
    """
    Times start after start, for as long as its block lasts, and writes them into a file.

    A line for each: when it began, and how many seconds it took, once that is known.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pace", daemon=True)

    def __enter__(self) -> Self:
        self._file.touch()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with self._file.open("w", encoding="utf-8", buffering=1) as file:
            while not self._over.is_set():
                began = time.monotonic()
                print(began, end=" ", file=file, flush=True)
                while not self._over.is_set() and not _starts():
                    self._over.wait(
                        REST
                    )  # there is no room for a process: that takes time, too
                took = time.monotonic() - began
                print(took, file=file, flush=True)
                self._over.wait(max(REST, 2 * took))  # it must not be the load itself


def _starts() -> bool:
    try:
        subprocess.run(
            START,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return True


def slowness(file: Path, since: float) -> float:
    """
    How many times slower this machine has been since a moment of the monotonic clock, or 1.
    """
    now = time.monotonic()
    starts = [[float(word) for word in line.split()] for line in file.read_text().splitlines()]
    ended = [(began + took[0], took[0]) for began, *took in starts if took]
    seconds = [took for end, took in ended if end > since] or [took for _, took in ended[-1:]]
    for began, *took in starts[-1:]:
        so_far = now - began
        if not took and so_far > mean(seconds or [0]):
            seconds.append(so_far)
    return max(1.0, mean(seconds or [0]) / USUAL)


def patience(file: Path, since: float) -> float:
    """
    By what to multiply a time-out that began at a moment: 1 on a usual machine, `MOST` at most.
    """
    return min(MOST, slowness(file, since))
