"""
SIGTERM comes while listeners wait for the next event: at two workers, where it is due in a
minute, and at one, where events come all the time, or now and then to a crowd; and some ask
when it has just come. Two workers to which nobody listens get it, too.
"""

import http.client
import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Sample, wait_until
from workbench.checks import Run, ask, ends, expect, explanation, record, start_service

OFTEN, SOMETIMES, RARELY = 0.016, 0.5, 60.0  # seconds of EVERY
COARSE = 0.0015  # seconds by which a timer may be early: uvloop's counts whole milliseconds
FEWEST, MOST = 25, 40  # events that come before SIGTERM, where they come often
SLOWER = 3  # times as many come from the untouched service meanwhile: then ours are too few
LATE = 3  # listeners that ask when SIGTERM has just come
TIMES = 6  # EVERY, in which each of a crowd hears one event more
CROWDED = 60, 66  # listeners, where an event comes now and then: in turn they take too long
MOST_LISTENERS = 80  # by then each worker has some
SECONDS_TO_END = 2
DONE = "SIGTERM to `uvicorn service:app` while all of them listen"


def dispatched(text: str) -> list[str]:
    """
    The types of the events that a browser hands on, by the HTML standard's interpretation of an
    event stream: those that have a line of data, and have ended. It may be an empty one: what
    has been appended by then is a line feed.
    """
    found = []
    *lines, _ = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    kind, data = "", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            kind = value
        elif field == "data":
            data += f"{value}\n"
        elif not line:
            if data:
                found.append(kind or "message")
            kind, data = "", ""
    return found


class Listener:
    """
    Connects now, and listens, in a thread, from when it asks: what came so far, and when.
    """

    def __init__(self, service: Process, since: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port)
        self._connection.connect()
        self._socket = self._connection.sock
        self._since = since
        self._began = 0.0
        self.let_in = False
        self.ended: float | None = None
        self.whole = False
        self.outlasted = False  # the time that the service had
        self.came: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def ask(self) -> None:
        self._began = self._now()
        self._thread.start()

    def _now(self) -> float:
        return time.monotonic() - self._since

    def _listen(self) -> None:
        try:
            self._connection.request("GET", "/events")
            answer = self._connection.getresponse()
            self.let_in = True
            while some := answer.read1():  # unlike its lines, it tells an end from a cut
                self.came.append((self._now(), some))
            self.whole = True
        except (OSError, http.client.HTTPException):
            pass
        self.ended = self._now()

    @property
    def text(self) -> str:
        return b"".join(some for _, some in self.came).decode(errors="replace")

    @property
    def events(self) -> list[str]:
        return dispatched(self.text)

    @property
    def news(self) -> int:
        return self.events.count("message")

    @property
    def goodbyes(self) -> int:
        return self.events.count("bye")

    @property
    def says_goodbye(self) -> bool:
        return self.goodbyes == 1 and self.events[-1] == "bye"

    def too_soon(self, every: float) -> int:
        """
        By how many events it was ahead at most: the first comes when it has asked, or later,
        and each of the others when `every` seconds more are over.
        """
        most, text = 0, b""
        for at, some in self.came:
            text += some
            news = dispatched(text.decode(errors="replace")).count("message")
            due = 1 + int((at - self._began) / (every - COARSE))
            most = max(most, news - due)
        return most

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
        if self._thread.ident:
            self._thread.join()
        self._connection.close()


class Seen(NamedTuple):
    """
    What became of a service and of its listeners.
    """

    workers: int
    every: float
    wanted: int  # events for each listener, before SIGTERM
    grown: int  # that each has heard meanwhile
    others: int  # that listeners of the untouched service have heard by then
    left_early: int  # listeners that had heard a goodbye, or the end, by then
    heard: list[Listener]
    late: list[Listener]  # those of them that were let in after SIGTERM
    ended: bool
    closed: int  # workers that have closed the database

    @property
    def listeners(self) -> int:
        return len(self.heard)

    @property
    def ahead(self) -> int:
        return max((each.too_soon(self.every) for each in self.heard), default=0)

    @property
    def as_before(self) -> bool:
        return self.grown >= self.wanted and not self.ahead

    @property
    def news(self) -> int:
        return max(each.news for each in self.heard)

    @property
    def goodbyes(self) -> int:
        return sum(each.says_goodbye for each in self.heard)

    @property
    def silent(self) -> int:
        return sum(not each.goodbyes for each in self.heard)

    @property
    def late_listeners(self) -> int:
        return len(self.late)

    @property
    def silent_late(self) -> int:
        return sum(not each.goodbyes for each in self.late)

    @property
    def seconds_of_goodbyes(self) -> float:
        """
        From the first goodbye to the last.
        """
        said = [each.came[-1][0] for each in self.heard if each.goodbyes]
        return max(said) - min(said) if said else 0.0

    @property
    def unheard(self) -> int:
        return sum("bye" in each.text and not each.goodbyes for each in self.heard)

    @property
    def cut_off(self) -> int:
        return sum(not each.whole and not each.outlasted for each in self.heard)

    @property
    def whole(self) -> int:
        return sum(each.whole for each in self.heard)

    @property
    def only_late_ones_last(self) -> bool:
        return not any(each.outlasted for each in self.heard if each not in self.late)

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
        self.sent = 0.0
        env = {"EVERY": str(every)}
        self.service = start_service(folder, name, env=env, workers=workers)
        self.listeners: list[Listener] = []
        self.had: list[int] = []  # events, by when they are counted from

    def said(self, pattern: str) -> list[str]:
        """
        What it is that a pattern finds, each time; two workers' lines may have become one.
        """
        return re.findall(pattern, "\n".join(line.text for line in self.service.log))

    def listen(self) -> Listener:
        listener = Listener(self.service, self.since)
        listener.ask()
        return listener

    def join(self, many: int) -> None:
        """
        Listen, again and again, until each worker has so many listeners; where the time between
        two events is long enough to be told apart, all over it.
        """
        while len(self.listeners) < MOST_LISTENERS:
            self.listeners.append(self.listen())
            if not wait_until(lambda: len(self.said("listener of")) >= len(self.listeners), 3):
                break  # nobody is served: whatever is seen will say so
            if self.every == SOMETIMES:
                time.sleep(SOMETIMES / many)
            told = self.said(r"listener of (\d+)")
            if len(set(told)) == self.workers and min(map(told.count, told)) >= many:
                break

    def leave(self) -> None:
        """
        Listen once more, and hang up.
        """
        passer_by = self.listen()
        wait_until(lambda: passer_by.news, 3)
        passer_by.hang_up()

    def count(self) -> None:
        """
        Count what comes from now on.
        """
        self.had = [each.news for each in self.listeners]

    def grown(self) -> int:
        """
        By how many events each listener has heard more, at least.
        """
        heard = [each.news for each in self.listeners]
        return min(now - had for now, had in zip(heard, self.had, strict=True))

    def left(self) -> int:
        return sum(bool(each.goodbyes or each.ended) for each in self.listeners)

    def stop(
        self, within: float, wanted: int = 0, others: int = 0, come_late: int = LATE
    ) -> Seen:
        """
        SIGTERM, and some who ask when it has come; what was heard before it, and all that
        became of it.
        """
        # The rare events are counted from the end: whoever has had time for a second, has sent
        # it.
        grown, early = self.grown() if self.had else 0, self.left()
        late = self.connect(come_late)
        self.sent = time.monotonic() - self.since
        self.service.send("SIGTERM")
        ask(self.service, "/healthz", timeout=1)  # whoever answers that has got the signal
        for each in late:
            each.ask()
        wait_until(lambda: not self.service.running, within)
        for each in (*self.listeners, *late):
            each.outlasted = self.service.running and not each.ended
        ended = ends(self.service, within=0)
        wait_until(lambda: all(each.ended for each in (*self.listeners, *late)), 2)
        let_in = [each for each in late if each.let_in]
        return Seen(
            workers=self.workers,
            every=self.every,
            wanted=wanted,
            grown=grown,
            others=others,
            left_early=early,
            heard=[*self.listeners, *let_in],
            late=let_in,
            ended=ended,
            closed=len(set(self.said(r"database closed by (\d+)"))),
        )

    def connect(self, many: int) -> list[Listener]:
        with suppress(OSError):
            return [Listener(self.service, self.since) for _ in range(many)]
        return []

    def record(self, seen: Seen) -> None:
        samples = [each.sample(number) for number, each in enumerate(seen.heard)]
        record(self.name, Run(samples, [(self.sent, "SIGTERM")]), self.service)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.left_early:
        yield "ends-before-the-signal"
    if seen.ahead > 1 or (seen.ahead and seen.every == RARELY):
        yield "other-news"
    if seen.ahead:
        yield "a-clock-for-all"
    if seen.grown < seen.wanted and seen.every == SOMETIMES:
        yield "has-no-room-for-a-crowd"
    if seen.grown < seen.wanted:
        yield "waits-longer"
    if seen.silent_late and seen.silent == seen.silent_late:
        yield "forgets-who-comes-late"
    if not seen.ended:
        yield from explain_running(seen)
    elif seen.unclosed:
        yield "exits-in-the-handler"
    yield from explain_goodbye(seen)


def explain_running(seen: Seen) -> Iterator[str]:
    if not seen.heard:
        yield "waits-for-a-listener"
    elif not seen.silent:
        yield "keeps-the-signal"
    elif seen.only_late_ones_last:
        yield from explain_goodbye(seen)
    elif seen.seconds_of_goodbyes > SECONDS_TO_END / 2:
        yield "one-after-the-other"
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
    seen = crowd.stop(within=1)

    expect(
        not seen.ended and seen.silent == seen.listeners,
        done=DONE,
        expected="it still runs, and nobody has heard a goodbye",
        seen=f"{'it ended' if seen.ended else 'it runs'}, {seen.goodbyes} goodbyes",
    )


def gather(folder: Path, name: str, every: float, workers: int, many: int) -> Crowd:
    crowd = Crowd(folder, name, every, workers)
    crowd.join(many)
    crowd.leave()
    return crowd


def stop_alone(folder: Path) -> tuple[Crowd, Seen]:
    """
    Two workers, and nobody has ever listened.
    """
    crowd = Crowd(folder, "yours, and nobody listens", RARELY, 2)
    return crowd, crowd.stop(SECONDS_TO_END, come_late=0)


@pytest.fixture(scope="module")
def each_of_them(attempt: Path, untouched: Path, seed: int) -> dict[str, Seen]:
    """
    Listen to three services, and stop them when they have sent some events.
    """
    draw = random.Random(seed)
    plans = [
        (untouched, "beside yours", OFTEN, 1, 3),
        (attempt, "yours, events all the time", OFTEN, 1, draw.randint(4, 6)),
        (attempt, "yours, an event now and then", SOMETIMES, 1, draw.randint(*CROWDED)),
        (attempt, "yours, two workers", RARELY, 2, draw.randint(3, 5)),
    ]
    wanted = draw.randint(FEWEST, MOST)
    with ThreadPoolExecutor() as together:
        alone = together.submit(stop_alone, attempt)
        crowds = beside, often, sometimes, rarely = list(
            together.map(lambda plan: gather(*plan), plans)
        )
        for crowd in crowds:
            crowd.count()
        wait_until(
            lambda: (
                often.grown() >= wanted or beside.grown() >= SLOWER * wanted or often.left()
            ),
            8,
        )
        others = beside.grown()
        wait_until(lambda: sometimes.grown() >= 1 or sometimes.left(), TIMES * SOMETIMES)
        seen = together.map(
            lambda crowd, wanted: crowd.stop(SECONDS_TO_END, wanted, others),
            [often, sometimes, rarely],
            [wanted, 1, 0],
        )
        found = dict(zip(["often", "sometimes", "rarely"], seen, strict=True))
        nobody, seen_alone = alone.result()
        beside.service.kill()
    record(nobody.name, None, nobody.service)  # its log: there is nothing to draw
    for crowd, seen_of_it in zip(crowds[1:], found.values(), strict=True):
        crowd.record(seen_of_it)
    return found | {"nobody": seen_alone}


@pytest.fixture(scope="module", params=["often", "sometimes", "rarely"])
def seen(each_of_them: dict[str, Seen], request: pytest.FixtureRequest) -> Seen:
    return each_of_them[request.param]


def test_all_stays_as_it_is(seen: Seen) -> None:
    """Until SIGTERM events come every `EVERY` seconds, and no stream ends."""
    more = f"{seen.wanted} more events for each while {seen.others} came from the untouched, "
    expect(
        seen.as_before and not seen.left_early,
        done=f"{seen.listeners} listeners, EVERY {seen.every:g} s",
        expected=f"{more if seen.wanted else ''}none before it is due, and nobody leaves",
        seen=f"{seen.grown} more, {seen.ahead} too soon, {seen.left_early} left",
        hint=explain(seen),
    )


def test_every_listener_hears_goodbye(seen: Seen) -> None:
    """The last event of every stream is `bye`, also of one that begins at the end."""
    expect.equal(seen.goodbyes, seen.listeners, "goodbyes", done=DONE, hint=explain(seen))


def test_every_stream_is_complete(seen: Seen) -> None:
    """Every stream ends in order."""
    expect.equal(seen.whole, seen.listeners, "whole answers", done=DONE, hint=explain(seen))


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


def test_ends_where_nobody_listens(each_of_them: dict[str, Seen]) -> None:
    """Where nobody listens it ends, too, and each worker closes the database."""
    seen = each_of_them["nobody"]
    expect(
        seen.ended and not seen.unclosed,
        done="SIGTERM to `uvicorn service:app --workers 2`, to which nobody listens",
        expected=f"it ends within {SECONDS_TO_END} s, and both have closed the database",
        seen=f"it {'ended' if seen.ended else 'still ran'}, and {seen.closed} had closed it",
        hint=explain(seen),
    )
