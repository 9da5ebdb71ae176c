"""
SIGTERM comes while six requests are in flight and ten orders have been accepted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Traffic, scratch, start, traffic
from workbench.checks import ends, expect, explanation, record

ORDERS, QUOTES = 10, 6
SECONDS_TO_END = 4
DONE = f"{ORDERS} orders accepted, then SIGTERM with {QUOTES} quotes in flight"

LAUNCHERS = {
    "python service.py": ("python service.py {port}", 1),
    "uvicorn --workers 2": (
        "uvicorn service:app --port {port} --workers 2 --timeout-worker-healthcheck 60",
        2,
    ),
}


class Seen(NamedTuple):
    """
    What became of a service that got SIGTERM under load.
    """

    quotes: Traffic
    opened_early: bool  # the file was there before the first order
    written: int
    ended: bool

    @property
    def answered(self) -> int:
        return self.quotes.count("ok")

    @property
    def lost(self) -> int:
        return QUOTES - self.answered


def attack(folder: Path, name: str, launcher: str) -> Seen:
    """
    Start the service, load it, send SIGTERM, and count what is left.
    """
    command, workers = LAUNCHERS[launcher]
    file = scratch(name) / "orders.txt"
    service = start(
        command, ready="/healthz", name=name, cwd=folder, env={"ORDERS": str(file)}, timeout=15
    )
    with service:
        service.wait_log("Application startup complete", times=workers)
        opened_early = file.exists()
        with traffic(
            f"{service.url}/orders", rate=50, requests=ORDERS, method="POST"
        ) as orders:
            orders.wait(ORDERS)
        with traffic(f"{service.url}/quote", rate=30, requests=QUOTES) as quotes:
            service.wait_log("quote begun", times=QUOTES)
            service.send("SIGTERM")
            quotes.mark("SIGTERM")
        ended = ends(service, within=SECONDS_TO_END)
    record(name, quotes, service)
    written = len(file.read_text().splitlines()) if file.exists() else 0
    return Seen(quotes, opened_early, written, ended)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if not seen.ended:
        yield "takes-the-signal"
    if seen.quotes.count("error"):
        yield "raises-in-the-loop"
    if seen.lost:
        yield "ends-at-once"
    if seen.opened_early:
        yield "writes-too-early"
    yield "nobody-waits"


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service loses requests and orders under this load."""
    seen = attack(untouched, "untouched", "python service.py")

    expect(
        seen.answered < QUOTES and seen.written < ORDERS,
        done=DONE,
        expected="fewer answered, fewer in the file",
        seen=f"{seen.answered} answered, {seen.written} in the file",
    )


@pytest.fixture(scope="module", params=list(LAUNCHERS))
def seen(attempt: Path, request: pytest.FixtureRequest) -> Seen:
    return attack(attempt, f"yours, {request.param}", request.param)


def test_requests_in_flight_are_answered(seen: Seen) -> None:
    """Every request in flight at SIGTERM is answered."""
    expect.equal(seen.answered, QUOTES, "quotes answered", done=DONE, hint=explain(seen))


def test_accepted_orders_are_in_the_file(seen: Seen) -> None:
    """Every accepted order is in the file."""
    expect.equal(seen.written, ORDERS, "orders in the file", done=DONE, hint=explain(seen))


def test_ends_by_itself(seen: Seen) -> None:
    """The process ends by itself."""
    expect(
        seen.ended,
        done=DONE,
        expected=f"it ends within {SECONDS_TO_END} s of the last answer",
        seen="it ended" if seen.ended else "it still ran, and was killed",
        hint=explain(seen),
    )
