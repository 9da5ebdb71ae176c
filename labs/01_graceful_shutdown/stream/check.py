"""
SIGTERM comes while listeners wait for the next event: at two workers, where it is due in a
minute, and at one, where events come all the time.
"""

import http.client
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Sample, wait_until
from workbench.checks import Run, ends, expect, explanation, record, start_service

OFTEN, RARELY = 0.05, 60.0  # seconds of EVERY
FEWEST, MOST = 15, 25  # events that come before SIGTERM, where they come often
CROWD = 40  # listeners: by then each worker has some
SECONDS_TO_END = 2
DONE = "SIGTERM to `uvicorn service:app` while all of them listen"


def dispatched(text: str) -> list[str]:
    """
    The types of the events that a browser hands on: those that have data, and have ended.
    """
    found = []
    *blocks, _ = text.replace("\r\n", "\n").split("\n\n")
    for block in blocks:
        fields = {}
        for line in block.splitlines():
            field, _, value = line.partition(":")
            fields[field] = value.removeprefix(" ")
        if fields.get("data"):
            found.append(fields.get("event") or "message")
    return found


class Listener:
    """
    Listens from now on, in a thread: what came so far, and how it ended.
    """

    def __init__(self, service: Process, since: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port)
        self._connection.connect()
        self._socket = self._connection.sock
        self._began = time.monotonic() - since
        self.ended: float | None = None
        self.whole = False
        self.text = ""
        self._thread = threading.Thread(target=self._listen, args=[since], daemon=True)
        self._thread.start()

    def _listen(self, since: float) -> None:
        try:
            self._connection.request("GET", "/events")
            answer = self._connection.getresponse()
            while some := answer.read1():  # unlike its lines, it tells an end from a cut
                self.text += some.decode(errors="replace")
            self.whole = True
        except (OSError, http.client.HTTPException):
            pass
        self.ended = time.monotonic() - since

    @property
    def events(self) -> list[str]:
        return dispatched(self.text)

    @property
    def news(self) -> int:
        return self.events.count("message")

    @property
    def goodbyes(self) -> int:
        return self.events.count("bye")

    def sample(self, number: int) -> Sample:
        """
        For the plot; one that was killed with its service was cut off.
        """
        done = self.ended if self.ended is not None else self._began
        outcome = "ok" if self.whole else "cut off"
        return Sample(number, self._began, self._began, done, outcome, None, "")

    def hang_up(self) -> None:
        """
        From this side, whatever the service does.
        """
        with suppress(OSError):  # it was first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()


class Seen(NamedTuple):
    """
    What became of a service and of its listeners.
    """

    workers: int
    every: float
    wanted: int  # events for each listener, before SIGTERM
    before: list[int]  # that each had heard by then
    left_early: int  # listeners that had heard a goodbye, or the end, by then
    heard: list[Listener]
    ended: bool
    closed: int  # workers that have closed the database

    @property
    def listeners(self) -> int:
        return len(self.heard)

    @property
    def as_before(self) -> bool:
        if self.every == RARELY:
            return max(each.news for each in self.heard) == self.wanted
        return min(self.before) >= self.wanted

    @property
    def news(self) -> int:
        return max(each.news for each in self.heard)

    @property
    def goodbyes(self) -> int:
        return sum(each.goodbyes == 1 and each.events[-1] == "bye" for each in self.heard)

    @property
    def silent(self) -> int:
        return sum(not each.goodbyes for each in self.heard)

    @property
    def unheard(self) -> int:
        return sum("bye" in each.text and not each.goodbyes for each in self.heard)

    @property
    def cut_off(self) -> int:
        return sum(not each.whole for each in self.heard)

    @property
    def unclosed(self) -> int:
        return self.workers - self.closed


class Crowd:
    """
    A service, and those who listen to it.
    """

    def __init__(self, folder: Path, name: str, every: float, workers: int) -> None:
        self.name, self.every, self.workers = name, every, workers
        self.since = time.monotonic()
        env = {"EVERY": str(every)}
        self.service = start_service(folder, name, env=env, workers=workers)
        self.listeners: list[Listener] = []

    def said(self, pattern: str) -> list[str]:
        """
        What it is that a pattern finds, each time; two workers' lines may have become one.
        """
        return re.findall(pattern, "\n".join(line.text for line in self.service.log))

    def join(self, many: int) -> None:
        """
        Listen, again and again, until each worker has so many listeners.
        """
        while len(self.listeners) < CROWD:
            self.listeners.append(Listener(self.service, self.since))
            if not wait_until(lambda: len(self.said("listener of")) >= len(self.listeners), 3):
                break  # nobody is served: whatever is seen will say so
            told = self.said(r"listener of (\d+)")
            if len(set(told)) == self.workers and min(map(told.count, told)) >= many:
                break

    def leave(self) -> None:
        """
        Listen once more, and hang up.
        """
        passer_by = Listener(self.service, self.since)
        wait_until(lambda: passer_by.news, 3)
        passer_by.hang_up()

    def stop(self, wanted: int, within: float) -> Seen:
        """
        SIGTERM; what was heard before it, and all that became of it.
        """
        before = [each.news for each in self.listeners]
        early = sum(bool(each.goodbyes or each.ended) for each in self.listeners)
        sent = time.monotonic() - self.since
        self.service.send("SIGTERM")
        ended = ends(self.service, within=within)
        wait_until(lambda: all(each.ended for each in self.listeners), 2)
        samples = [each.sample(number) for number, each in enumerate(self.listeners)]
        record(self.name, Run(samples, [(sent, "SIGTERM")]), self.service)
        return Seen(
            workers=self.workers,
            every=self.every,
            wanted=wanted,
            before=before,
            left_early=early,
            heard=self.listeners,
            ended=ended,
            closed=len(set(self.said(r"database closed by (\d+)"))),
        )


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.left_early:
        yield "ends-before-the-signal"
    if not seen.as_before:
        yield "other-news"
    if not seen.ended:
        yield from explain_running(seen)
    elif seen.unclosed:
        yield "exits-in-the-handler"
    yield from explain_goodbye(seen)


def explain_running(seen: Seen) -> Iterator[str]:
    if not seen.silent:
        yield "keeps-the-signal"
    elif seen.silent < seen.listeners:
        yield "wakes-some"
    elif seen.every == RARELY:
        yield "waits-for-the-next"
    else:
        yield "waits-for-itself"


def explain_goodbye(seen: Seen) -> Iterator[str]:
    if seen.cut_off:
        yield "cuts-off"
    if seen.unheard:
        yield "not-an-event"
    if seen.silent:
        yield "no-goodbye"
    if seen.goodbyes < seen.listeners:
        yield "not-the-last"


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service does not end while somebody listens."""
    crowd = Crowd(untouched, "untouched", OFTEN, 1)
    crowd.join(3)
    seen = crowd.stop(0, within=1)

    expect(
        not seen.ended and seen.silent == seen.listeners,
        done=DONE,
        expected="it still runs, and nobody has heard a goodbye",
        seen=f"{'it ended' if seen.ended else 'it runs'}, {seen.goodbyes} goodbyes",
    )


@pytest.fixture(scope="module")
def both(attempt: Path, seed: int) -> dict[str, Seen]:
    """
    Listen to both services, and stop them when one has sent some events.
    """
    draw = random.Random(seed)
    often = Crowd(attempt, "yours, events all the time", OFTEN, 1)
    rarely = Crowd(attempt, "yours, two workers", RARELY, 2)
    for crowd in (rarely, often):
        crowd.join(draw.randint(3, 5))
        crowd.leave()
    wanted = draw.randint(FEWEST, MOST)
    wait_until(lambda: min(each.news for each in often.listeners) >= wanted, MOST * OFTEN + 3)
    # The rare events are counted from the end: whoever has had time for a second, has sent it.
    return {
        "often": often.stop(wanted, SECONDS_TO_END),
        "rarely": rarely.stop(1, SECONDS_TO_END),
    }


@pytest.fixture(scope="module", params=["often", "rarely"])
def seen(both: dict[str, Seen], request: pytest.FixtureRequest) -> Seen:
    return both[request.param]


def test_all_stays_as_it_is(seen: Seen) -> None:
    """Until SIGTERM events come every `EVERY` seconds, and no stream ends."""
    expect(
        seen.as_before and not seen.left_early,
        done=f"{seen.listeners} listeners, EVERY {seen.every:g} s",
        expected=f"{seen.wanted} events for each, and nobody leaves",
        seen=f"up to {seen.news} events, and {seen.left_early} left",
        hint=explain(seen),
    )


def test_every_listener_hears_goodbye(seen: Seen) -> None:
    """The last event of every stream is `bye`."""
    expect.equal(seen.goodbyes, seen.listeners, "goodbyes", done=DONE, hint=explain(seen))


def test_every_stream_is_complete(seen: Seen) -> None:
    """Every stream ends in order."""
    whole = seen.listeners - seen.cut_off
    expect.equal(whole, seen.listeners, "whole answers", done=DONE, hint=explain(seen))


def test_ends_by_itself(seen: Seen) -> None:
    """The service ends by itself, however long it is until the next event."""
    expect(
        seen.ended,
        done=f"{DONE}, EVERY {seen.every:g} s",
        expected=f"it ends within {SECONDS_TO_END} s",
        seen="it ended" if seen.ended else "it still ran, and was killed",
        hint=explain(seen),
    )


def test_the_database_is_closed(seen: Seen) -> None:
    """Each worker closes the database."""
    expect.equal(
        seen.closed,
        seen.workers,
        "workers that closed the database",
        done=DONE,
        hint=explain(seen),
    )
