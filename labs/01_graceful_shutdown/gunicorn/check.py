"""
SIGTERM comes while four reports are in flight, one of which hangs.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Traffic, start, traffic
from workbench.checks import Hint, ends, expect, record

GREETINGS, REPORTS = 5, 4  # the first report hangs
PATIENCE = 6  # seconds that the platform waits after SIGTERM
COMMAND = (
    "gunicorn --config gunicorn.conf.py --workers 1 --bind 127.0.0.1:{port}"
    " --no-control-socket service:app"
)


class Stopped(NamedTuple):
    """
    What became of a service that got SIGTERM while a report hung.
    """

    greetings: int  # answered before
    load: Traffic
    reports: int  # answered after that
    ended: bool
    closed: bool
    finished: bool  # the server in the worker has come to its own end

    @property
    def done(self) -> str:
        if not self.greetings:
            return "SIGTERM; no report was asked for, since nothing was answered"
        return f"SIGTERM with {REPORTS} reports in flight, of which one hangs"


def stop_with_a_report_that_hangs(folder: Path, name: str) -> Stopped:
    """
    Greet, ask for reports, send SIGTERM, and kill when the platform would.
    """
    with start(COMMAND, ready="port", name=name, cwd=folder, timeout=15) as service:
        with traffic(service.url, rate=20, requests=GREETINGS, timeout=5) as load:
            load.wait(GREETINGS)
        greetings, reports = load.count("ok"), 0
        if greetings:
            url = f"{service.url}/reports"
            with traffic(url, rate=30, requests=REPORTS, timeout=12) as load:
                service.wait_log("report . begun", times=REPORTS)
                service.send("SIGTERM")
                load.mark("SIGTERM")
                ended = ends(service, within=PATIENCE)
            reports = load.count("ok")
        else:
            service.send("SIGTERM")
            load.mark("SIGTERM")
            ended = ends(service, within=PATIENCE)
    record(name, load, service)
    log = "\n".join(line.text for line in service.log)
    # Whoever says so once its worker has gone is not the worker.
    of_the_worker = re.split("Worker exiting|Shutting down: Master|SIGKILL", log)[0]
    closed, finished = "database closed" in of_the_worker, "Finished server process" in log
    return Stopped(greetings, load, reports, ended, closed, finished)


def diagnose(stopped: Stopped) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    lost = REPORTS - 1 - stopped.reports
    if stopped.greetings < GREETINGS:
        return Hint(
            "speaks-another-protocol",
            f"{stopped.greetings} of {GREETINGS} requests were answered, although the port is "
            "open. Is this app called as WSGI or as ASGI, and which worker class calls it?",
        )
    if not stopped.ended:
        return Hint(
            "outlasts-the-platform",
            f"{PATIENCE} s after SIGTERM it was still waiting for the report that hangs, and "
            "the platform killed it. Whose patience is shorter, gunicorn's or the platform's?",
        )
    if lost > 0:
        return Hint(
            "too-hasty",
            f"{lost} of {REPORTS - 1} reports were lost that needed a second and a half only. "
            "What is the shortest limit of yours, and who is cut by it?",
        )
    if not stopped.closed and stopped.finished:
        return Hint(
            "ends-without-its-lifespan",
            "The worker came to its own end in time, and its database was not closed. What "
            "calls the code that closes it, and did you leave that on?",
        )
    if not stopped.closed:
        return Hint(
            "killed-by-the-master",
            "It ended in time, and its database was not closed. Which end closes it, and what "
            "could make the worker lose patience before its master does?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """With the untouched configuration no request is answered."""
    stopped = stop_with_a_report_that_hangs(untouched, "untouched")

    expect(
        stopped.greetings == 0,
        done=f"{GREETINGS} requests",
        expected="no answer but errors",
        seen=f"{stopped.greetings} answered",
    )


@pytest.fixture(scope="module")
def stopped(attempt: Path) -> Stopped:
    return stop_with_a_report_that_hangs(attempt, "yours")


def test_requests_are_answered(stopped: Stopped) -> None:
    """Requests are answered."""
    expect(
        stopped.greetings == GREETINGS,
        done=f"{GREETINGS} requests",
        expected=f"{GREETINGS} answered",
        seen=f"{stopped.greetings} answered",
        hint=diagnose(stopped),
    )


def test_usual_reports_are_answered(stopped: Stopped) -> None:
    """The reports that do not hang are answered."""
    expect(
        stopped.reports == REPORTS - 1,
        done=stopped.done,
        expected=f"{REPORTS - 1} reports answered",
        seen=f"{stopped.reports} answered",
        hint=diagnose(stopped),
    )


def test_ends_before_it_is_killed(stopped: Stopped) -> None:
    """The service ends before the platform kills it."""
    expect(
        stopped.ended,
        done=stopped.done,
        expected=f"it ends within {PATIENCE} s",
        seen="it ended" if stopped.ended else "it still ran, and was killed",
        hint=diagnose(stopped),
    )


def test_the_database_is_closed(stopped: Stopped) -> None:
    """The worker closes its database."""
    expect(
        stopped.closed,
        done=stopped.done,
        expected="the line `database closed`",
        seen="the line" if stopped.closed else "no such line",
        hint=diagnose(stopped),
    )
