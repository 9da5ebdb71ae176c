"""
`docker stop` comes to the container's first process; and what if something in there fails?
"""

import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from workbench import start, wait_until
from workbench.checks import Hint, ends, expect, record

GRACE = 2  # seconds between SIGTERM and SIGKILL
SECONDS_TO_FAIL = 10
SERVES, GOES_ON = "the service runs", "not ended"


@functools.cache
def container() -> str:
    """
    What makes a command the first process of a PID namespace; nothing, where none is allowed.
    """
    user = "" if os.geteuid() == 0 else "--user --map-root-user "
    command = f"unshare {user}--pid --fork --kill-child --mount-proc "
    if shutil.which("unshare") is None:
        return ""
    tried = subprocess.run(
        [*command.split(), "true"], check=False, capture_output=True, timeout=10
    )
    return command if tried.returncode == 0 else ""


def stop(folder: Path, name: str) -> bool:
    """
    Do to a container as `docker stop` does; return whether its database was closed.
    """
    command = f"{container()}env PORT={{port}} sh start.sh"
    with start(command, ready="/healthz", name=name, cwd=folder, timeout=15) as service:
        first = psutil.Process(service.pid)
        if container():
            (first,) = first.children()
        first.terminate()
        ends(service, within=GRACE)
    record(name, None, service)
    return any("database closed" in line.text for line in service.log)


def fail(folder: Path, part: str) -> str:
    """
    Let a part of a container fail; return what became of it: an exit code, or a state.
    """
    command = f"{container()}env PORT={{port}} FAILS={part} sh start.sh"
    with start(command, ready=None, name=f"{part} fails", cwd=folder) as failing:
        wait_until(
            lambda: not failing.running or "Uvicorn running" in failing.tail(1), SECONDS_TO_FAIL
        )
        code = failing.returncode
        served = any("Uvicorn running" in line.text for line in failing.log)
        failing.kill()
    if code is not None:
        return f"exit code {code}"
    return SERVES if served else GOES_ON


class Found(NamedTuple):
    """
    What three containers did: one was stopped, of two a part failed.
    """

    closed: bool
    service_failed: str
    preparation_failed: str


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not found.closed and found.service_failed == "exit code 0":
        return Hint(
            "something-in-between",
            "SIGTERM did not reach the service, and when that failed with 3 the exit code was "
            "0: somebody else's. What stands between the container and the service?",
        )
    if not found.closed:
        return Hint(
            "shell-keeps-the-signal",
            "SIGTERM came to the first process, and the service did not close its database. "
            "Who is the first process, what does it do when the signal comes, and what becomes "
            "of the others when it has ended?",
        )
    if found.service_failed != "exit code 3":
        return Hint(
            "exit-code-lies",
            f"The service failed with exit code 3; of the container we saw: "
            f"{found.service_failed}. "
            "Which command of the script ran last?",
        )
    return diagnose_preparation(found)


def diagnose_preparation(found: Found) -> Hint | None:
    if found.preparation_failed == SERVES:
        return Hint(
            "starts-unprepared",
            "The preparation failed with exit code 4, and the service runs all the same. What "
            "does your shell do when that line fails?",
        )
    if found.preparation_failed == GOES_ON:
        return Hint(
            "never-gives-up",
            f"The preparation failed with exit code 4, and {SECONDS_TO_FAIL} s later the "
            "container has not ended. Who is to learn of it, and from what?",
        )
    if found.preparation_failed == "exit code 0":
        return Hint(
            "says-all-is-well",
            "The preparation failed with exit code 4, and the container ended with 0. What "
            "does a platform make of that?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """In the untouched container the service gets no signal, and its failure reads 0."""
    closed = stop(untouched, "untouched")
    service_failed = fail(untouched, "service")

    expect(
        not closed and service_failed == "exit code 0",
        done="SIGTERM to the first process; and a service that fails with exit code 3",
        expected="the database is not closed; exit code 0",
        seen=f"{'closed' if closed else 'not closed'}; {service_failed}",
    )


@pytest.fixture(scope="module")
def found(attempt: Path) -> Found:
    return Found(stop(attempt, "yours"), fail(attempt, "service"), fail(attempt, "prepare"))


def test_the_signal_reaches_the_service(found: Found) -> None:
    """SIGTERM reaches the service, which closes its database."""
    expect(
        found.closed,
        done="SIGTERM to the first process",
        expected="the line `database closed`",
        seen="the line" if found.closed else "no such line",
        hint=diagnose(found),
    )


def test_the_exit_code_is_the_services(found: Found) -> None:
    """The exit code is that of the service."""
    expect(
        found.service_failed == "exit code 3",
        done="a service that fails with exit code 3",
        expected="exit code 3",
        seen=found.service_failed,
        hint=diagnose(found),
        of="service fails",
    )


def test_an_unprepared_service_is_not_started(found: Found) -> None:
    """If the preparation fails, the service is not started and the exit code is not 0."""
    expect(
        found.preparation_failed not in (SERVES, GOES_ON, "exit code 0"),
        done="a preparation that fails with exit code 4",
        expected=f"no service, and within {SECONDS_TO_FAIL} s an exit code other than 0",
        seen=found.preparation_failed,
        hint=diagnose(found),
        of="prepare fails",
    )
