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
from contextlib import suppress
from pathlib import Path
from statistics import mean
from typing import Self

USUAL = 0.4  # seconds that a start takes where the checks are made, with both cores busy
MOST = 4.0  # times slower; beyond, nobody would wait for the end of a check
REST = 1.0  # seconds from the end of one start until the next is due
SPELL = 10.0  # seconds; a time-out inside of an answer is not much longer
START = (sys.executable, "-I", "-S", "-c", "import asyncio, http.server")


class Meter:
    """
    Times start after start, for as long as its block lasts, and writes them into a file.

    A line for each: when it was due, and how many seconds later it was done, once it is.
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
        # On a full disk nothing more is timed, and the check says that it is full.
        with suppress(OSError), self._file.open("w", encoding="utf-8") as file:
            due = time.monotonic()
            while not self._over.wait(due - time.monotonic()):
                print(due, end=" ", file=file, flush=True)
                # Where there is no room for a process just now, that takes time, too.
                while not self._over.is_set() and not _starts():
                    self._over.wait(REST)
                # From when it was due: the machine may have stood still before it began.
                took = time.monotonic() - due
                print(took, file=file, flush=True)
                due = time.monotonic() + REST


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
    starts = _read(file)
    ended = [(due + took, took) for due, took in starts if took is not None]
    seconds = [took for end, took in ended if end > since] or [took for _, took in ended[-1:]]
    for due, took in starts[-1:]:
        so_far = time.monotonic() - (due if took is None else due + took + REST)
        if so_far > mean(seconds or [0]):  # it is under way, or should be
            seconds.append(so_far)
    return max(1.0, mean(seconds or [0]) / USUAL)


def worst_slowness(file: Path, since: float) -> float:
    """
    How many times slower it has been in the worst spell since then, or 1.
    """
    starts = [(due, took) for due, took in _read(file) if took and due + took > since]
    firsts = [due for due, _ in starts if due + SPELL <= starts[-1][0]]
    firsts += [due for due, _ in starts[:1]]  # there may be no time for a whole spell
    spells = [[took for due, took in starts if 0 <= due - first < SPELL] for first in firsts]
    return max([1.0, *(mean(spell) / USUAL for spell in spells)])


def _read(file: Path) -> list[tuple[float, float | None]]:
    """
    When each start was due, and how many seconds later it was done; nothing if it is under way.
    """
    try:
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:  # an answer has removed the folder that it is checked in
        return []
    return [(float(due), float(took[0]) if took else None) for due, *took in lines]


def patience(file: Path, since: float) -> float:
    """
    By what to multiply a time-out that began at a moment: 1 on a usual machine, `MOST` at most.
    """
    return min(MOST, slowness(file, since))
