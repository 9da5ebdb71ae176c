"""
What an exercise's `check.py` is written with, beside the experiments' own tools.

A check is a pytest file. The first line of a test's docstring is the requirement, `expect()`
judges it, and `record()` keeps a run for the plot. Two fixtures are folders with a service in
them: `attempt`, the reader's, and `untouched`, the given one. The test marked `control` runs
the latter under the same load and must see the fault; if it can't, nothing is judged.

On a slow machine whatever `wait_until()`, `ends()`, `start()` and `wait_log()` wait for may
take longer. What a check hands out, it stretches itself: by `patience()` a deadline that the
service is told, by `at_once()` the runs that share the machine.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

from . import _waiting
from ._plots import Load
from ._process import LogLine, Process
from ._traffic import Run
from ._waiting import wait_until
from .exercises import messages
from .exercises.messages import Hint

__all__ = ["Hint", "Run", "at_once", "ends", "expect", "patience", "record"]

# A check that is run by pytest alone tells nobody.
_tell: Callable[[messages.Message], None] = lambda _message: None  # noqa: E731
_attempt = Path()
_began = time.monotonic()


def connect(tell: Callable[[messages.Message], None], attempt: Path) -> None:
    """
    Say whom to tell what happens, and where the reader's service is: done by the plugin.
    """
    global _tell, _attempt
    _tell, _attempt = tell, attempt


class Unmet(AssertionError):
    """
    A requirement is not met.
    """

    def __init__(self, seen: str, hint: Hint | None) -> None:
        super().__init__(seen)
        self.hint = hint


def expect(
    condition: object, *, done: str, expected: str, seen: object, hint: Hint | None = None
) -> None:
    """
    Judge the requirement of this test.

    Args:
        condition: Anything; its truth decides.
        done: What the check did to the service.
        expected: What a good service then shows.
        seen: What this one showed.
        hint: What that suggests; a control needs none.
    """
    _tell(messages.Facts(done, expected, str(seen)))
    if not condition:
        raise Unmet(str(seen), hint)


def ends(service: Process, *, within: float) -> bool:
    """
    Wait for a service to end by itself; whether it did. One that did not is killed.
    """
    if wait_until(lambda: not service.running, within):
        service.wait()  # for its last words
        return True
    service.kill()
    return False


def patience() -> float:
    """
    By what to multiply a deadline that the service is told: 1, or more on a slow machine.
    """
    return _waiting.patience(_began)


def at_once(most: int) -> int:
    """
    How many runs go side by side: `most`, or one after the other where the machine is slow.
    """
    return most if patience() == 1 else 1


def record(name: str, load: Load | None, service: Process) -> None:
    """
    Keep a run for the plot, if it has one, and what the reader's service said last.
    """
    if load is not None:
        _tell(messages.Recorded(name, Run(load.samples, load.marks)))
    tell_log(service)


def tell_log(service: Process) -> None:
    """
    Keep what the reader's service said last, and the line of theirs that it speaks of.
    """
    if service.cwd == _attempt:
        lines = [line.replace(f"{_attempt}/", "") for line in service.tail().split("\n")]
        line = blamed_line(service.log, _attempt)
        _tell(messages.Said([*filter(None, lines)], line))


def blamed_line(log: list[LogLine], folder: Path) -> str:
    """
    The innermost line in `folder` of the last traceback in a log: "service.py:31: sys.exit(0)".

    Tracebacks of a CancelledError are passed over: what is cancelled is not to blame.
    """
    place = re.compile(rf'File "{re.escape(str(folder))}/([^"]+)", line (\d+)')
    found: tuple[str, int] | None = None
    before = found
    innermost_first = False
    for _, text in log:
        if "(most recent call last)" in text:
            before, innermost_first = found, False
        elif "(most recent call first)" in text:  # a stack dump, not an exception
            found, innermost_first = None, True
        elif "CancelledError" in text:
            found = before
        elif (match := place.search(text)) and not (innermost_first and found):
            found = match[1], int(match[2])
    if found is None:
        return ""
    name, number = found
    file = folder / name
    if not file.is_file():  # it says what it likes, and may have deleted what it is
        return f"{name}:{number}"
    source = file.read_text(encoding="utf-8", errors="replace").splitlines()
    code = source[number - 1].strip() if 0 < number <= len(source) else ""
    return f"{name}:{number}: {code}"
