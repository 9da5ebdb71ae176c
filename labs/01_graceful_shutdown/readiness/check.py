"""
SIGTERM comes to one of two backends, and the balancer does not look for nearly DRAIN_SECONDS.
"""

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Sample, start, wait_until
from workbench.checks import Answer, Run, ask, ends, expect, explanation, patience, record

SHORTLY_BEFORE = 0.85  # of DRAIN_SECONDS: the balancer looks at last
AFTER = 20  # requests, when it has looked
SPARE = 2  # seconds to end, when DRAIN_SECONDS are over
DONE = "SIGTERM to one of two backends"
NO_ANSWER = {"ConnectionRefusedError": "refused", "TimeoutError": "timed out"}


def ask_shortly(service: Process, path: str) -> Answer:
    """
    Nobody of ours needs more than some hundredths of a second.
    """
    return ask(service, path, timeout=1.2)


class Balancer:
    """
    Round robin over the backends that were ready when it last looked.
    """

    def __init__(self, *backends: Process) -> None:
        self.backends = backends
        self.run = Run([], [])
        self.began = time.monotonic()
        self.look()

    def now(self) -> float:
        return time.monotonic() - self.began

    def look(self) -> None:
        self.ready = [each for each in self.backends if is_ready(each)]
        self.turns = itertools.cycle(self.ready or self.backends)

    def pass_on(self) -> None:
        """
        Pass a request on to the next backend.
        """
        sent = self.now()
        status, error = ask_shortly(next(self.turns), "/work")
        outcome = (
            "ok" if status == 200 else "error" if status else NO_ANSWER.get(error, "cut off")
        )
        number = len(self.run.samples)
        self.run.samples.append(Sample(number, sent, sent, self.now(), outcome, status, ""))

    def mark(self, label: str) -> float:
        self.run.marks.append((self.now(), label))
        return self.now()


def is_ready(service: Process) -> bool:
    return ask_shortly(service, "/readyz").status == 200


class Seen(NamedTuple):
    """
    What the balancer saw of a backend that got SIGTERM.
    """

    drain: float  # DRAIN_SECONDS
    sent: float  # the signal
    readyz: list[Answer]  # once it was not ready, or when it still was after a second
    livez: list[Answer]
    run: Run
    passed: int  # requests, before the balancer looked
    noticed: bool  # when it looked, it saw that the backend is not ready
    ended: bool

    @property
    def unanswered(self) -> list[Sample]:
        """
        What failed while the service had to work: what a slow machine sent later is not judged.
        """
        over = self.sent + self.drain
        before = self.run.samples[: self.passed]
        return [each for each in before if each.outcome != "ok" and each.done < over]

    @property
    def errors(self) -> int:
        return sum(each.outcome == "error" for each in self.unanswered)

    @property
    def lost(self) -> int:
        return len(self.unanswered) - self.errors

    @property
    def first_lost(self) -> float:
        return next(each.done for each in self.unanswered) - self.sent

    @property
    def failed_after(self) -> int:
        return sum(each.outcome != "ok" for each in self.run.samples[self.passed :])

    @property
    def livez_status(self) -> int | None:
        return next((each.status for each in self.livez if each.status != 200), 200)

    @property
    def readyz_status(self) -> int | None:
        return next((each.status for each in self.readyz if each.status != 503), 503)


def start_backend(folder: Path, name: str, drain: float) -> Process:
    env = {"DRAIN_SECONDS": f"{drain:.3f}"}
    command = "uvicorn service:app --port {port} --no-access-log"
    return start(command, ready="/readyz", name=name, cwd=folder, env=env)


def attack(folder: Path, untouched: Path, name: str, drain: float) -> Seen:
    """
    Stop one of two backends, and pass requests on until shortly before its time is over, then
    let the balancer look.
    """
    drain *= patience()
    other = start_backend(untouched, f"beside {name}", drain)
    service = start_backend(folder, name, drain)
    with other, service:
        balancer = Balancer(service, other)
        sent = balancer.mark("SIGTERM")
        service.send("SIGTERM")
        readyz: list[Answer] = []
        livez: list[Answer] = []

        def steps_aside() -> bool:
            readyz[:] = [ask_shortly(service, "/readyz")]
            return readyz[0].status != 200

        wait_until(steps_aside, 1)
        while not livez or balancer.now() < sent + SHORTLY_BEFORE * drain:
            readyz.append(ask_shortly(service, "/readyz"))
            livez.append(ask_shortly(service, "/livez"))
            for _ in range(10):
                balancer.pass_on()
        passed = len(balancer.run.samples)
        balancer.look()
        balancer.mark("looks")
        noticed = balancer.ready == [other]
        for _ in range(AFTER):
            balancer.pass_on()
        ended = ends(service, within=sent + drain + SPARE - balancer.now())
    record(name, balancer.run, service)
    return Seen(drain, sent, readyz, livez, balancer.run, passed, noticed, ended)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if "TimeoutError" in (seen.readyz[0].text, seen.livez[0].text):
        yield "blocks-the-loop"
    if seen.livez_status not in (200, None):
        yield "says-it-is-dead"
    if seen.errors:
        yield "refuses-work"
    if seen.lost:
        yield "closes-too-early"
    if not seen.ended:
        yield "never-ends"
    if seen.readyz[0].status == 200:
        yield "stays-ready"
    if seen.readyz_status == 200:
        yield "ready-again"
    if seen.readyz_status not in (503, None):
        yield "another-status"


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """Behind a balancer that has not looked yet, the untouched service loses requests."""
    seen = attack(untouched, untouched, "untouched", 0.5)

    expect(
        seen.lost,
        done=f"{DONE}, then requests to both",
        expected="some that find no listener",
        seen=f"{seen.lost} of {seen.passed}",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, untouched: Path, seed: int) -> Seen:
    return attack(attempt, untouched, "yours", random.Random(seed).uniform(1.5, 2.2))


def test_says_that_it_is_not_ready(seen: Seen) -> None:
    """From SIGTERM on it says that it is not ready."""
    expect(
        seen.readyz_status == 503,
        done=f"{DONE}, then GET /readyz, again and again",
        expected="503",
        seen=seen.readyz_status or "no answer",
        hint=explain(seen),
    )


def test_says_that_it_is_alive(seen: Seen) -> None:
    """From SIGTERM on it says that it is alive."""
    expect(
        seen.livez_status == 200,
        done=f"{DONE}, then GET /livez, again and again",
        expected="200",
        seen=seen.livez_status or "no answer",
        hint=explain(seen),
    )


def test_goes_on_working(seen: Seen) -> None:
    """Until shortly before DRAIN_SECONDS are over, every request is answered."""
    expect(
        not seen.unanswered,
        done=f"{DONE}, then {seen.passed} requests to both; DRAIN_SECONDS {seen.drain:.1f}",
        expected="all answered",
        seen=f"{seen.passed - len(seen.unanswered)} answered",
        hint=explain(seen),
    )


def test_the_balancer_notices(seen: Seen) -> None:
    """When the balancer looks it sees that, and every request is answered."""
    expect(
        seen.noticed and not seen.failed_after,
        done=f"the balancer looks, then {AFTER} requests",
        expected=f"one backend is ready, {AFTER} answered",
        seen=f"{'one is' if seen.noticed else 'both are'} ready, "
        f"{AFTER - seen.failed_after} answered",
        hint=explain(seen),
    )


def test_ends_by_itself(seen: Seen) -> None:
    """Then the process ends by itself."""
    expect(
        seen.ended,
        done=f"{DONE}, DRAIN_SECONDS {seen.drain:.1f}",
        expected=f"it ends within {SPARE} s of their end",
        seen="it ended" if seen.ended else "it still ran, and was killed",
        hint=explain(seen),
    )
