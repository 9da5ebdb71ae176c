"""
SIGTERM comes to one of two backends, and the balancer has not looked yet.
"""

import http.client
import itertools
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from workbench import Sample, start, wait_until
from workbench.checks import Hint, Run, ends, expect, record

REQUESTS = 20
DRAIN_SECONDS = 3
SECONDS_TO_END = DRAIN_SECONDS + 4
DONE = "SIGTERM to one of two backends"


def ask(url: str) -> tuple[str, int | None]:
    """
    GET a URL on a new connection; return the outcome and the status.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=1.5)
    try:
        connection.request("GET", parts.path)
        status = connection.getresponse().status
    except ConnectionRefusedError:
        return "refused", None
    except TimeoutError:
        return "timed out", None
    except (OSError, http.client.HTTPException):
        return "cut off", None
    finally:
        connection.close()
    return "ok" if status < 400 else "error", status


class Balancer:
    """
    Round robin over the backends that were ready when it last looked.
    """

    def __init__(self, *backends: str) -> None:
        self.backends = backends
        self.run = Run([], [])
        self.began = time.monotonic()
        self.look()

    def look(self) -> None:
        self.ready = [url for url in self.backends if ask(f"{url}/readyz")[1] == 200]
        self.turns = itertools.cycle(self.ready or self.backends)

    def pass_on(self, requests: int) -> int:
        """
        Pass requests on, one after the other; return how many were answered.
        """
        before = self.run.count("ok")
        for _ in range(requests):
            sent = time.monotonic() - self.began
            outcome, status = ask(f"{next(self.turns)}/work")
            done = time.monotonic() - self.began
            number = len(self.run.samples)
            self.run.samples.append(Sample(number, sent, sent, done, outcome, status, ""))
        return self.run.count("ok") - before

    def mark(self, label: str) -> None:
        self.run.marks.append((time.monotonic() - self.began, label))


class Stopped(NamedTuple):
    """
    What the balancer saw of a backend that got SIGTERM.
    """

    readyz: tuple[str, int | None]
    livez: tuple[str, int | None]
    run: Run
    answered_before: int  # before the balancer looked again
    answered_after: int
    noticed: bool  # when it looked, it saw that the backend is not ready
    ended: bool


def stop_one(folder: Path, untouched: Path, name: str) -> Stopped:
    """
    Stop one of two backends, and pass requests on before and after the balancer's next look.
    """
    env = {"DRAIN_SECONDS": str(DRAIN_SECONDS)}
    command = "python service.py {port}"
    other = start(command, ready="/readyz", name=f"beside {name}", cwd=untouched, env=env)
    service = start(command, ready="/readyz", name=name, cwd=folder, env=env, timeout=15)
    with other, service:
        balancer = Balancer(service.url, other.url)
        balancer.pass_on(4)
        service.send("SIGTERM")
        balancer.mark("SIGTERM")
        readyz: tuple[str, int | None] = ("ok", 200)

        def not_ready() -> bool:
            nonlocal readyz
            readyz = ask(f"{service.url}/readyz")
            return readyz[1] != 200

        wait_until(not_ready, 1)
        livez = ask(f"{service.url}/livez")
        before = balancer.pass_on(REQUESTS)
        balancer.look()
        balancer.mark("looks")
        noticed = balancer.ready == [other.url]
        after = balancer.pass_on(REQUESTS)
        ended = ends(service, within=SECONDS_TO_END)
    record(name, balancer.run, service)
    return Stopped(readyz, livez, balancer.run, before, after, noticed, ended)


def diagnose(stopped: Stopped) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    lost = REQUESTS - stopped.answered_before
    if "timed out" in (stopped.readyz[0], stopped.livez[0]):
        return Hint(
            "blocks-the-loop",
            "After SIGTERM it answers nothing at all for more than a second. "
            "What does your handler wait for, and who can work meanwhile?",
        )
    if stopped.livez[1] == 503:
        return Hint(
            "says-it-is-dead",
            "After SIGTERM /livez answers 503. Who asks /livez, and what do they do to a "
            "process that is not alive?",
        )
    if stopped.run.count("error"):
        return Hint(
            "refuses-work",
            f"{lost} of {REQUESTS} requests were answered with an error before the balancer "
            "looked again. Not ready: is that for the balancer, or for its requests?",
        )
    if lost:
        return Hint(
            "closes-too-early",
            f"{lost} of {REQUESTS} requests found no listener before the balancer looked "
            "again. What had your service done by then: said that it is not ready, or closed "
            "the door?",
        )
    if not stopped.ended:
        return Hint(
            "never-ends",
            f"It still runs {SECONDS_TO_END} s after SIGTERM. You took the signal from the "
            "server: who hands it on?",
        )
    stays_ready = Hint(
        "stays-ready",
        "It goes on working, but the balancer looks and still sees it ready. "
        "What does /readyz answer after SIGTERM?",
    )
    return stays_ready if not stopped.noticed and stopped.readyz[1] == 200 else None


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """Behind a balancer that has not looked yet, the untouched service loses requests."""
    stopped = stop_one(untouched, untouched, "untouched")

    expect(
        stopped.answered_before < REQUESTS,
        done=f"{DONE}, then {REQUESTS} requests",
        expected="fewer answered",
        seen=f"{stopped.answered_before} answered",
    )


@pytest.fixture(scope="module")
def stopped(attempt: Path, untouched: Path) -> Stopped:
    return stop_one(attempt, untouched, "yours")


def test_says_that_it_is_not_ready(stopped: Stopped) -> None:
    """After SIGTERM it says that it is not ready."""
    _, status = stopped.readyz
    expect(
        status == 503,
        done=f"{DONE}, then GET /readyz",
        expected="503",
        seen=status or "no answer",
        hint=diagnose(stopped),
    )


def test_says_that_it_is_alive(stopped: Stopped) -> None:
    """After SIGTERM it says that it is alive."""
    _, status = stopped.livez
    expect(
        status == 200,
        done=f"{DONE}, then GET /livez",
        expected="200",
        seen=status or "no answer",
        hint=diagnose(stopped),
    )


def test_goes_on_working(stopped: Stopped) -> None:
    """Before the balancer looks again, every request is answered."""
    expect(
        stopped.answered_before == REQUESTS,
        done=f"{DONE}, then {REQUESTS} requests",
        expected=f"{REQUESTS} answered",
        seen=f"{stopped.answered_before} answered",
        hint=diagnose(stopped),
    )


def test_the_balancer_notices(stopped: Stopped) -> None:
    """When the balancer looks it sees that, and every request is answered."""
    expect(
        stopped.noticed and stopped.answered_after == REQUESTS,
        done=f"the balancer looks, then {REQUESTS} requests",
        expected=f"one backend is ready, {REQUESTS} answered",
        seen=f"{'one is' if stopped.noticed else 'both are'} ready, "
        f"{stopped.answered_after} answered",
        hint=diagnose(stopped),
    )


def test_ends_by_itself(stopped: Stopped) -> None:
    """The process ends by itself."""
    expect(
        stopped.ended,
        done=DONE,
        expected=f"it ends within {SECONDS_TO_END} s",
        seen="it ended" if stopped.ended else "it still ran, and was killed",
        hint=diagnose(stopped),
    )
