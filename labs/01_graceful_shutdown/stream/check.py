"""
SIGTERM comes while three listeners are connected to an endless stream.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Traffic, start, traffic
from workbench.checks import Hint, ends, expect, record

LISTENERS = 3
SECONDS_TO_END = 3
DONE = f"SIGTERM with {LISTENERS} listeners connected"


class Stopped(NamedTuple):
    """
    What became of the listeners, and of the service.
    """

    streams: Traffic
    goodbyes: int
    ended: bool
    closed: bool


def stop_with_listeners(folder: Path, name: str) -> Stopped:
    """
    Connect the listeners, send SIGTERM, and wait for the end.
    """
    service = start("python service.py {port}", ready="port", name=name, cwd=folder, timeout=15)
    with service:
        url = f"{service.url}/events"
        with traffic(url, rate=30, requests=LISTENERS, timeout=15) as streams:
            service.wait_log("stream begun", times=LISTENERS)
            service.send("SIGTERM")
            streams.mark("SIGTERM")
            ended = ends(service, within=SECONDS_TO_END)
    record(name, streams, service)
    goodbyes = sum("event: bye" in stream.body for stream in streams.samples)
    closed = any("database closed" in line.text for line in service.log)
    return Stopped(streams, goodbyes, ended, closed)


def diagnose(stopped: Stopped) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not stopped.ended and stopped.goodbyes == LISTENERS:
        return Hint(
            "keeps-the-signal",
            "All listeners heard the goodbye, and yet it still runs. "
            "You took the signal from the server: who hands it on?",
        )
    if not stopped.ended:
        return Hint(
            "waits-for-itself",
            f"After {SECONDS_TO_END} s it still ran, and {stopped.goodbyes} of {LISTENERS} "
            "listeners had heard a goodbye. The server waits for its streams: does what should "
            "end them come before that wait, or after it?",
        )
    if not stopped.closed:
        return Hint(
            "exits-in-the-handler",
            "The service ended, and its database was not closed. What did your handler do to "
            "the server, and which of your lines could still run?",
        )
    if stopped.streams.count("cut off"):
        return Hint(
            "cuts-off",
            f"{stopped.streams.count('cut off')} of {LISTENERS} listeners were cut off in the "
            "middle. A limit ends a stream from outside: who could end it from inside?",
        )
    if stopped.goodbyes < LISTENERS:
        return Hint(
            "no-goodbye",
            f"{stopped.goodbyes} of {LISTENERS} streams had an `event: bye`, though all ended "
            "in order. What does a generator send last?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service does not end while somebody listens."""
    stopped = stop_with_listeners(untouched, "untouched")

    expect(
        not stopped.ended and stopped.goodbyes == 0,
        done=DONE,
        expected="it still runs, and nobody heard a goodbye",
        seen=f"{'it ended' if stopped.ended else 'it runs'}, {stopped.goodbyes} goodbyes",
    )


@pytest.fixture(scope="module")
def stopped(attempt: Path) -> Stopped:
    return stop_with_listeners(attempt, "yours")


def test_every_listener_hears_goodbye(stopped: Stopped) -> None:
    """Every stream ends with `event: bye`."""
    expect(
        stopped.goodbyes == LISTENERS,
        done=DONE,
        expected=f"{LISTENERS} goodbyes",
        seen=f"{stopped.goodbyes} goodbyes",
        hint=diagnose(stopped),
    )


def test_every_stream_is_complete(stopped: Stopped) -> None:
    """Every stream ends in order."""
    expect(
        stopped.streams.count("ok") == LISTENERS,
        done=DONE,
        expected=f"{LISTENERS} whole answers",
        seen=f"{stopped.streams.count('ok')} whole answers",
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


def test_the_database_is_closed(stopped: Stopped) -> None:
    """The database is closed."""
    expect(
        stopped.closed,
        done=DONE,
        expected="the line `database closed`",
        seen="the line" if stopped.closed else "no such line",
        hint=diagnose(stopped),
    )
