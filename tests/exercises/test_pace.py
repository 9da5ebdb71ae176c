"""
A slow machine is never the reader's fault, and a quick one is no excuse.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import workbench.exercises.run
from tests.exercises.toy_exercise import SOLVED, TOY, answer, toy_exercise
from workbench._waiting import wait_until
from workbench.exercises.exercise import COURSE
from workbench.exercises.findings import Findings
from workbench.exercises.messages import Begun, Found, Met, Unmet
from workbench.exercises.pace import (
    MOST,
    REST,
    USUAL,
    Meter,
    patience,
    slowness,
    worst_slowness,
)
from workbench.exercises.run import run_check
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Verdict

pytestmark = pytest.mark.kept_with("tests/exercises/toy_exercise.py", "tests/exercises/toy")

# Right, and busy when it is asked to end: a moment with a core, seconds with a share of one.
TIDIES_UP = """
import signal, sys, time

def tidy_up(*_):
    began = time.process_time()
    while time.process_time() - began < 0.15:
        pass
    sys.exit()

signal.signal(signal.SIGTERM, tidy_up)
"""
RUN, PAUSE = 0.01, 0.24  # seconds: a twenty-fifth of a machine


@contextmanager
def starved(pid: int) -> Iterator[None]:
    """
    Let a process and all its descendants run for a small share of the time, as a quota does.
    """
    over = threading.Event()

    def family() -> list[psutil.Process]:
        with suppress(psutil.Error):
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)]
        return []

    def send(signum: signal.Signals) -> None:
        for process in family():
            with suppress(psutil.Error):
                process.send_signal(signum)

    def throttle() -> None:
        while not over.is_set():
            send(signal.SIGSTOP)
            over.wait(PAUSE)
            send(signal.SIGCONT)
            over.wait(RUN)

    thread = threading.Thread(target=throttle)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.timeout(240)
def test_a_starved_check_blames_nobody(tmp_path: Path) -> None:
    """
    1. A right answer is checked, and passes its control.
    2. From the moment at which it runs, the check, the answer and the meter are starved.

    Result: the answer passes, or the verdict is that nothing could be checked.
    """
    runs = tmp_path / "runs"
    attempt = answer(tmp_path / "a", f"{TIDIES_UP}open({str(runs)!r}, 'w').close()\n{SOLVED}")
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}; from pathlib import Path;"
        "from tests.exercises.toy_exercise import toy_exercise;"
        "from workbench.exercises.run import run_check;"
        "print(run_check(toy_exercise(), Path(sys.argv[1])))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, attempt], cwd=COURSE, stdout=subprocess.PIPE, text=True
    ) as check:
        try:
            assert wait_until(runs.exists, 60)
            with starved(check.pid):
                said = check.communicate(timeout=200)[0]
        finally:
            check.kill()

    assert said.startswith((PASS, COULD_NOT_CHECK)), said


def test_a_check_that_waits_in_vain_names_the_line_that_it_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where the machine is not slow, a test that has to be stopped is FAIL, with both lines: where
    the check waited, and where the answer was.
    """
    folder = tmp_path / "toy"
    folder.mkdir()
    for file in TOY.glob("*.*"):
        text = file.read_text(encoding="utf-8")
        text = text.replace("ends(service, within=2)", "service.wait(60) == 0")
        (folder / file.name).write_text(text, encoding="utf-8")
    sleeps = "import signal, time\nsignal.signal(\n    signal.SIGTERM,\n"
    sleeps += "    lambda *_: time.sleep(300),\n)\n" + SOLVED
    monkeypatch.setattr(workbench.exercises.run, "TEST_SECONDS", 4)
    exercise = replace(toy_exercise(), folder=folder)

    verdict = run_check(exercise, answer(tmp_path / "attempt", sleeps))

    assert (verdict.result, verdict.hint and verdict.hint.key) == (FAIL, "hangs"), str(verdict)
    assert verdict.line == "service.py:4: lambda *_: time.sleep(300),"
    waits = (folder / "check.py").read_text(encoding="utf-8").splitlines()
    where = next(number for number, line in enumerate(waits, 1) if "service.wait(60)" in line)
    assert f"while it waited at check.py:{where}" in str(verdict)


def write(file: Path, *starts: tuple[float, float]) -> float:
    """
    Write when starts were due, in seconds from now, and how long they took; return now.
    """
    now = time.monotonic()
    file.write_text("".join(f"{now + due} {took}\n" for due, took in starts), encoding="utf-8")
    return now


def test_slowness_is_what_starts_took_since_a_moment(tmp_path: Path) -> None:
    """
    It is the mean of those that ended since, at least 1, also where none did; patience is the
    same, at most `MOST`.
    """
    file = tmp_path / "pace.txt"
    now = write(file, (-90, 60), (-20, 2 * USUAL), (-4 * USUAL - REST / 2, 4 * USUAL))

    assert slowness(file, now - 25) == pytest.approx(3)
    assert slowness(file, now) == pytest.approx(4)
    assert patience(file, now - 25) == pytest.approx(3)
    assert patience(file, 0) == MOST
    for starts in ((-USUAL / 9, USUAL / 9),), ():
        now = write(file, *starts)
        assert slowness(file, now - 25) == worst_slowness(file, now - 25) == 1


@pytest.mark.parametrize("written", [True, False], ids=["under way", "not even begun"])
def test_a_start_that_does_not_end_counts(*, written: bool, tmp_path: Path) -> None:
    """
    One that is under way, or should be, is as slow as it is by now.
    """
    file = tmp_path / "pace.txt"
    now = write(file, (-9 * USUAL - REST - USUAL, USUAL))
    if written:
        with file.open("a", encoding="utf-8") as more:
            more.write(f"{now - 9 * USUAL} ")

    assert slowness(file, 0) == pytest.approx(5, rel=0.1)


def test_the_worst_spell_is_not_hidden_by_the_rest(tmp_path: Path) -> None:
    """
    A machine that was slow for a while was slow, though it was quick before and after.
    """
    file = tmp_path / "pace.txt"
    slow = [(-60 + n, 6 * USUAL) for n in range(0, 12, 3)]
    quick = [(-48 + n, USUAL / 9) for n in range(48)]
    now = write(file, *slow, *quick)

    assert worst_slowness(file, 0) == pytest.approx(6)
    assert slowness(file, 0) < 2
    assert worst_slowness(file, now - 40) == worst_slowness(file, now) == 1


def test_a_meter_times_start_after_start(tmp_path: Path) -> None:
    """
    Each start is written down, and none is under way when the block has ended.
    """
    file = tmp_path / "pace.txt"

    def lines() -> list[list[str]]:
        return [line.split() for line in file.read_text().splitlines()]

    with Meter(file):
        assert wait_until(lambda: len(lines()) == 3, 30)

    assert [len(words) for words in lines()] == [2] * len(lines())


@pytest.mark.parametrize(
    ("times", "attempted", "met", "result"),
    [
        (MOST + 1, True, False, COULD_NOT_CHECK),
        (MOST - 1, True, False, FAIL),
        (MOST + 1, True, True, PASS),
        (MOST + 1, False, False, NOT_ATTEMPTED),
    ],
)
def test_what_slowness_makes_of_a_verdict(
    times: float, *, attempted: bool, met: bool, result: str
) -> None:
    """
    Beyond patience a claim that is not met is nobody's fault; what is met, is met.
    """
    findings = Findings()
    for name, control in (("control", True), ("claim", False)):
        findings.take(Found(name, name, control))
        findings.take(Begun(name, 1.0))
        findings.take(Met() if control or met else Unmet(None))
    findings.slowness = times

    verdict: Verdict = findings.verdict(toy_exercise(), attempted=attempted, seconds=1)

    assert verdict.result == result
    assert (f"≈ {times:g} times slower" in verdict.reason) == (result == COULD_NOT_CHECK)
