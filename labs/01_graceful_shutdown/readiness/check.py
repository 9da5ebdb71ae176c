"""
SIGTERM comes to one of two backends, and the balancer does not look for nearly DRAIN_SECONDS.

Beside it, to one that nobody asks, to one whose customers never stop, and to one that gets it
again and again.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Sample, start, wait_until
from workbench.checks import (
    Answer,
    Call,
    Run,
    ask,
    ends,
    expect,
    explanation,
    patience,
    record,
)
from workbench.errors import Died

LEAST, MOST = 2.2, 2.5  # DRAIN_SECONDS; twice as many end too late
SHORTLY_BEFORE = 0.85  # of DRAIN_SECONDS: the balancer looks at last
AFTER = 20  # requests, when it has looked
SPARE = 2  # seconds to end, when DRAIN_SECONDS are over
FIRST = 8  # answers after SIGTERM: who has given them has got the signal
LONGER = 0.5  # seconds for which what was begun goes on, when DRAIN_SECONDS are over
TIMES = 5  # SIGTERM comes within DRAIN_SECONDS, where it comes again and again
REST = 0.02  # seconds between two requests, where the balancer does not matter
COARSE = 0.02  # of DRAIN_SECONDS: a timer may be early by so much
DONE = "SIGTERM to one of two backends"
NO_ANSWER = {"ConnectionRefusedError": "refused", "TimeoutError": "timed out"}


class Backend:
    """
    A service that gets SIGTERM, what it is asked, and what it answers.
    """

    def __init__(self, folder: Path, name: str, drain: float) -> None:
        self.drain = drain
        self.name = name
        command = "uvicorn service:app --port {port} --no-access-log"
        env = {"DRAIN_SECONDS": f"{drain:.3f}"}
        self.service: Process = start(command, ready="/readyz", name=name, cwd=folder, env=env)
        self.began = time.monotonic()
        self.sent = 0.0  # the signal
        self.work: list[Sample] = []
        self.readyz: list[Answer] = []  # until DRAIN_SECONDS are over, and so are the others
        self.livez: list[Answer] = []
        self.begun: list[int | None] = []  # the statuses of what went on longer
        self.ended = False
        # Nobody of ours needs more than some hundredths of a second.
        self._shortly = 1.2 * patience()

    def now(self) -> float:
        return time.monotonic() - self.began

    def ask(self, path: str) -> Answer:
        return ask(self.service, path, timeout=self._shortly)

    def ask_to_work(self) -> Sample:
        sent = self.now()
        status, error = self.ask("/work")
        outcome = (
            "ok" if status == 200 else "error" if status else NO_ANSWER.get(error, "cut off")
        )
        self.work.append(Sample(len(self.work), sent, sent, self.now(), outcome, status, ""))
        return self.work[-1]

    def look(self) -> None:
        self.note("/readyz", self.readyz)
        self.note("/livez", self.livez)

    def note(self, path: str, answers: list[Answer]) -> bool:
        """
        Note an answer, if it has come in time; whether it is a good one.
        """
        answer = self.ask(path)
        if self.now() < self.over:
            answers.append(answer)
        return answer.status == 200

    def get_signal(self) -> None:
        """
        SIGTERM, and a look when it has certainly got it.
        """
        self.sent = self.now()
        self.service.send("SIGTERM")
        all(self.note("/livez", self.livez) for _ in range(FIRST))
        self.look()

    def wait(self, spare: float) -> None:
        """
        Until it ends, or its time is over.
        """
        over = self.sent + self.drain + spare
        self.ended = ends(self.service, within=max(0.0, over - self.now()))

    @property
    def over(self) -> float:
        """
        The end of DRAIN_SECONDS: what failed later is not judged.
        """
        return self.sent + self.drain * (1 - COARSE)

    @property
    def unanswered(self) -> list[Sample]:
        return [each for each in self.work if each.outcome != "ok" and each.done < self.over]

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
    def cut(self) -> int:
        return sum(status != 200 for status in self.begun)

    @property
    def statuses(self) -> list[int | None]:
        return [answer.status for answer in self.readyz]

    @property
    def says_it(self) -> bool:
        return any(status != 200 for status in self.statuses)

    @property
    def takes_it_back(self) -> bool:
        said = itertools.dropwhile(lambda status: status == 200, self.statuses)
        return 200 in said


class Balanced(NamedTuple):
    """
    What the balancer saw of a backend that got SIGTERM.
    """

    backend: Backend
    run: Run  # of both backends
    passed: int  # requests, before the balancer looked
    noticed: bool  # when it looked, it saw that the backend is not ready

    @property
    def failed_after(self) -> int:
        return sum(each.outcome != "ok" for each in self.run.samples[self.passed :])


class Balancer:
    """
    Round robin over the backends that were ready when it last looked.
    """

    def __init__(self, *backends: Backend) -> None:
        self.backends = backends
        self.run = Run([], [])
        self.look()

    def look(self) -> None:
        self.ready = [each for each in self.backends if each.ask("/readyz").status == 200]
        self.turns = itertools.cycle(self.ready or self.backends)

    def pass_on(self) -> None:
        """
        Pass a request on to the next backend.
        """
        self.run.samples.append(next(self.turns).ask_to_work())

    def mark(self, label: str) -> None:
        self.run.marks.append((self.backends[0].now(), label))


def attack(backend: Backend, other: Backend) -> Balanced:
    """
    Stop one of two backends, and pass requests on until shortly before its time is over, then
    let the balancer look.
    """
    other.began = backend.began
    other.work = backend.work  # of both: nobody may notice
    with other.service, backend.service:
        balancer = Balancer(backend, other)
        balancer.mark("SIGTERM")
        backend.get_signal()
        while not balancer.run.samples or (
            backend.now() < backend.sent + SHORTLY_BEFORE * backend.drain
        ):
            for _ in range(10):
                balancer.pass_on()
            backend.look()
        passed = len(balancer.run.samples)
        balancer.look()
        balancer.mark("looks")
        noticed = balancer.ready == [other]
        for _ in range(AFTER):
            balancer.pass_on()
        backend.wait(SPARE)
    return Balanced(backend, balancer.run, passed, noticed)


def leave_alone(backend: Backend) -> None:
    """
    Nobody asks it anything, but for one request shortly before its time is over.
    """
    with backend.service:
        backend.sent = backend.now()
        backend.service.send("SIGTERM")
        while backend.now() < backend.sent + SHORTLY_BEFORE * backend.drain:
            time.sleep(0.02)
        backend.ask_to_work()
        backend.wait(SPARE)


class Longer:
    """
    Requests on which a backend still works for so many seconds when its time is over.
    """

    def __init__(self, backend: Backend, seconds: float) -> None:
        self.backend, self.seconds = backend, seconds
        self.calls: list[Call] = []
        self.late: list[Call] = []  # begun at the end, and perhaps too late

    def begin(self) -> None:
        with suppress(OSError):
            seconds = self.backend.drain + self.seconds
            call = Call(self.backend.service, f"/work?seconds={seconds:.3f}")
            # Who comes later and is served knows that those before them were let in.
            if [self.backend.ask_to_work().outcome for _ in range(2)] == ["ok", "ok"]:
                self.calls.append(call)

    def begin_late(self) -> None:
        with suppress(OSError):
            call = Call(self.backend.service, f"/work?seconds={self.seconds:.3f}")
            self.late.append(call)

    def note(self) -> None:
        self.backend.begun = [status_of(call) for call in self.calls]
        for call in self.late:
            call.hang_up()


def status_of(call: Call) -> int | None:
    try:
        return call.status()
    except OSError:  # it was cut off
        return None
    finally:
        call.hang_up()


def come_to_the_end(backend: Backend) -> None:
    """
    Customers come as long as there is a listener, and each before the last one has gone.
    """
    longer = Longer(backend, LONGER * patience())

    def nobody_is_left() -> bool:
        if backend.service.running:
            longer.begin_late()
        return not backend.service.running

    with backend.service:
        longer.begin()
        backend.get_signal()
        longer.begin()
        while backend.now() < backend.sent + backend.drain:
            backend.ask_to_work()
            time.sleep(REST)
        wait_until(nobody_is_left, longer.seconds + SPARE, every=longer.seconds / 5)
        backend.wait(0)
    longer.note()


def signal_again(backend: Backend) -> None:
    """
    SIGTERM comes again and again, until it ends, while it works on what takes longer.
    """
    pause = backend.drain / TIMES
    longer = Longer(backend, 2 * pause)  # until after what the second one has set going

    def once_more() -> bool:
        with suppress(Died):
            backend.service.send("SIGTERM")
        return not backend.service.running

    with backend.service:
        longer.begin()
        backend.get_signal()
        for number in range(1, TIMES + 1):
            while backend.now() < backend.sent + number * pause:
                backend.ask_to_work()
                backend.look()
                time.sleep(REST)
            once_more()
        wait_until(once_more, longer.seconds + SPARE, every=pause / 2)
        backend.wait(0)
    longer.note()


class Seen(NamedTuple):
    """
    What became of four that got SIGTERM.
    """

    balanced: Balanced
    quiet: Backend
    busy: Backend
    again: Backend

    @property
    def drain(self) -> float:
        return self.balanced.backend.drain

    @property
    def asked(self) -> list[Backend]:
        return [self.balanced.backend, self.busy, self.again]

    @property
    def all_of_them(self) -> list[Backend]:
        return [self.balanced.backend, self.quiet, self.busy, self.again]

    @property
    def early(self) -> Backend:
        """
        The first that lost requests.
        """
        return next(each for each in self.all_of_them if each.lost)

    @property
    def errors(self) -> int:
        return sum(each.errors for each in self.all_of_them)

    @property
    def unanswered(self) -> int:
        return sum(len(each.unanswered) for each in self.all_of_them)

    @property
    def requests(self) -> int:
        return sum(len(each.work) for each in self.all_of_them)

    @property
    def livez_status(self) -> int | None:
        answers = [answer.status for each in self.asked for answer in each.livez]
        return next((status for status in answers if status != 200), 200)

    @property
    def readyz_status(self) -> int | None:
        statuses = [status for each in self.asked for status in each.statuses]
        return next((status for status in statuses if status != 503), 503)

    @property
    def still_runs(self) -> list[str]:
        return [each.name for each in self.all_of_them if not each.ended]


@explanation
def explain(seen: Seen) -> Iterator[str]:
    first = seen.balanced.backend
    if "TimeoutError" in [each.text for each in (*first.readyz[:1], *first.livez[:1])]:
        yield "blocks-the-loop"
    if seen.livez_status not in (200, None):
        yield "says-it-is-dead"
    if seen.errors:
        yield "refuses-work"
    if first.lost:
        yield "closes-too-early"
    if not first.ended:
        yield "never-ends"
    if not first.says_it:
        yield "stays-ready"
    yield from explain_the_others(seen)
    if any(each.takes_it_back for each in seen.asked):
        yield "ready-again"
    if any(each.statuses[:1] == [200] for each in seen.asked):
        yield "ready-for-a-while"
    if seen.readyz_status not in (503, None):
        yield "another-status"


def explain_the_others(seen: Seen) -> Iterator[str]:
    """
    What only some saw: the one that nobody asked, whose customers stayed, who got it again.
    """
    if seen.quiet.lost:
        yield "ends-when-it-is-quiet"
    if seen.busy.lost:
        yield "closes-too-early"
    if seen.again.lost:
        yield "the-second-ends-it"
    if not seen.quiet.ended:
        yield "waits-for-a-look"
    if not seen.busy.ended:
        yield "waits-for-the-last"
    if not seen.again.ended:
        yield "begins-anew"
    if seen.busy.cut:
        yield "cuts-what-it-has-begun"
    if seen.again.cut:
        yield "the-second-cuts"


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """Behind a balancer that has not looked yet, the untouched service loses requests."""
    drain = 0.5 * patience()
    with ThreadPoolExecutor() as together:
        backend, other = together.map(
            lambda name: Backend(untouched, name, drain), ["untouched", "beside it"]
        )
    seen = attack(backend, other)
    record("untouched", seen.run, backend.service)

    expect(
        seen.backend.lost,
        done=f"{DONE}, then requests to both",
        expected="some that find no listener",
        seen=f"{seen.backend.lost} of {seen.passed}",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, untouched: Path, seed: int) -> Seen:
    drain = round(random.Random(seed).uniform(LEAST, MOST) * patience(), 3)

    def run(name: str, what_comes: Callable[[Backend], None]) -> Backend:
        backend = Backend(attempt, name, drain)
        what_comes(backend)
        return backend

    with ThreadPoolExecutor() as beside:
        balancers_other = beside.submit(Backend, untouched, "beside yours", drain)
        first = Backend(attempt, "yours", drain)
        others = [
            beside.submit(run, "yours, and nobody asks", leave_alone),
            beside.submit(run, "yours, and customers stay", come_to_the_end),
            beside.submit(run, "yours, and SIGTERM again", signal_again),
        ]
        balanced = attack(first, balancers_other.result())
        seen = Seen(balanced, *(each.result() for each in others))
    for each in reversed(seen.all_of_them):
        record(each.name, balanced.run if each is first else None, each.service)
    return seen


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
    """Until DRAIN_SECONDS are over, every request is answered."""
    expect(
        not seen.unanswered,
        done=f"{DONE}, and to three beside it; DRAIN_SECONDS {seen.drain:.1f}",
        expected="all requests until then answered",
        seen=f"{seen.unanswered} of {seen.requests} not answered",
        hint=explain(seen),
    )


def test_the_balancer_notices(seen: Seen) -> None:
    """When the balancer looks it sees that, and every request is answered."""
    noticed, failed = seen.balanced.noticed, seen.balanced.failed_after
    expect(
        noticed and not failed,
        done=f"the balancer looks, then {AFTER} requests",
        expected=f"one backend is ready, {AFTER} answered",
        seen=f"{'one is' if noticed else 'both are'} ready, {AFTER - failed} answered",
        hint=explain(seen),
    )


def test_ends_by_itself(seen: Seen) -> None:
    """Then the process ends by itself, whoever comes, or looks, or sends SIGTERM again."""
    expect(
        not seen.still_runs,
        done=f"{DONE}, and to three beside it; DRAIN_SECONDS {seen.drain:.1f}",
        expected=f"each ends within {SPARE} s of their end",
        seen=f"still ran, and were killed: {'; '.join(seen.still_runs) or 'none'}",
        hint=explain(seen),
    )


def test_answers_what_it_has_begun(seen: Seen) -> None:
    """What it has begun by then is answered."""
    begun = [*seen.busy.begun, *seen.again.begun]
    expect.equal(
        len(begun) - seen.busy.cut - seen.again.cut,
        len(begun),
        "requests in flight answered",
        done=f"{DONE}, once and again, while it works on what takes longer than DRAIN_SECONDS",
        hint=explain(seen),
    )
