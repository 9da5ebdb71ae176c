"""
SIGTERM comes while six requests are in flight and ten orders have been accepted.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Traffic, scratch, start, traffic
from workbench.checks import Hint, ends, expect, record

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


class Stopped(NamedTuple):
    """
    What became of a service that got SIGTERM under load.
    """

    quotes: Traffic
    opened_early: bool  # the file was there before the first order
    written: int
    ended: bool


def stop_under_load(folder: Path, launcher: str, name: str) -> Stopped:
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
    return Stopped(quotes, opened_early, written, ended)


def diagnose(stopped: Stopped) -> Hint:
    """
    From cause to symptom: the first that explains what was seen.
    """
    lost = QUOTES - stopped.quotes.count("ok")
    if not stopped.ended:
        return Hint(
            "takes-the-signal",
            f"{SECONDS_TO_END} s after the last answer it still runs. "
            "Who is to end it, when your handler has taken the signal?",
        )
    if stopped.quotes.count("error"):
        return Hint(
            "raises-in-the-loop",
            f"{lost} of {QUOTES} requests in flight were lost, some with status 500. "
            "sys.exit() raises an exception: in whose code, at that moment?",
        )
    if lost:
        return Hint(
            "ends-at-once",
            f"{lost} of {QUOTES} requests in flight were cut off without a word. "
            "Who handles SIGTERM, you or the server?",
        )
    if stopped.opened_early:
        return Hint(
            "writes-too-early",
            f"{stopped.written} of {ORDERS} orders are in the file, which was there before the "
            "first order came. When does each half of a lifespan run?",
        )
    return Hint(
        "nobody-waits",
        f"All requests were answered, but {stopped.written} of {ORDERS} accepted orders are in "
        "the file. Which of your code runs after the last answer, and who waits for it?",
    )


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service loses requests and orders under this load."""
    stopped = stop_under_load(untouched, "python service.py", "untouched")

    expect(
        stopped.quotes.count("ok") < QUOTES and stopped.written < ORDERS,
        done=DONE,
        expected="fewer answered, fewer in the file",
        seen=f"{stopped.quotes.count('ok')} answered, {stopped.written} in the file",
    )


@pytest.fixture(scope="module", params=list(LAUNCHERS))
def stopped(attempt: Path, request: pytest.FixtureRequest) -> Stopped:
    return stop_under_load(attempt, request.param, f"yours, {request.param}")


def test_requests_in_flight_are_answered(stopped: Stopped) -> None:
    """Every request in flight at SIGTERM is answered."""
    expect(
        stopped.quotes.count("ok") == QUOTES,
        done=DONE,
        expected=f"{QUOTES} quotes answered",
        seen=f"{stopped.quotes.count('ok')} answered",
        hint=diagnose(stopped),
    )


def test_accepted_orders_are_in_the_file(stopped: Stopped) -> None:
    """Every accepted order is in the file."""
    expect(
        stopped.written == ORDERS,
        done=DONE,
        expected=f"{ORDERS} orders in the file",
        seen=f"{stopped.written} orders in the file",
        hint=diagnose(stopped),
    )


def test_ends_by_itself(stopped: Stopped) -> None:
    """The process ends by itself."""
    expect(
        stopped.ended,
        done=DONE,
        expected=f"it ends within {SECONDS_TO_END} s of the last answer",
        seen="it ended" if stopped.ended else "it still ran, and was killed",
        hint=diagnose(stopped),
    )
