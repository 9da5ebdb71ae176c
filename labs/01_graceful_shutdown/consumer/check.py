"""
Workers are stopped, killed, frozen and slow, with a parcel in hand and others fetched.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis import Redis

from workbench import Process, RedisServer, redis_server, scratch, start, wait_until
from workbench.checks import at_once, ends, expect, explanation, patience, record

STREAM, GROUP, OTHERS = "parcels", "postage", "statistics"
NEVER, SOON = 300.0, 1.5  # seconds of VISIBILITY: one that no check waits for, one that it does
SHORT, LONG = 0.3, 60.0  # seconds that a parcel takes
GRACE, HASTY = 5.0, 2.0


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server(own=True) as server:
        yield server


class Depot:
    """
    A stream, a ledger, and the workers of one scenario.
    """

    def __init__(self, folder: Path, name: str, redis: RedisServer, number: int) -> None:
        self.folder, self.name = folder, name
        self.url = f"{redis.url.rpartition('/')[0]}/{number}"
        self.queue: Any = Redis.from_url(self.url, decode_responses=True)
        self.queue.flushdb()
        for group in (GROUP, OTHERS):
            self.queue.xgroup_create(STREAM, group, mkstream=True)
        self.ledger = scratch(f"ledger of {name}") / "ledger.db"
        self.workers: list[Process] = []
        self.parcels: list[str] = []

    def add(self, names: list[str], seconds: float) -> None:
        self.parcels += names
        for name in names:
            self.queue.xadd(STREAM, {"parcel": name, "seconds": str(seconds)})
        self.queue.xreadgroup(OTHERS, "reader", {STREAM: ">"}, count=1)  # and does not say more

    def hire(self, visibility: float, grace: float = GRACE) -> Process:
        number = len(self.workers) + 1
        worker = start(
            f"python worker.py w{number}",
            ready="ready",
            name=f"{self.name}, w{number}",
            cwd=self.folder,
            env={
                "QUEUE": self.url,
                "LEDGER": str(self.ledger),
                "VISIBILITY": str(visibility),
                "GRACE": str(grace),
            },
        )
        self.workers.append(worker)
        return worker

    def bookings(self) -> Counter[str]:
        with closing(sqlite3.connect(self.ledger, timeout=10)) as ledger:
            try:
                rows = ledger.execute("SELECT parcel FROM bookings").fetchall()
            except sqlite3.OperationalError:  # no worker has come so far
                rows = []
        return Counter(parcel for (parcel,) in rows)

    def pending(self) -> int:
        return int(self.queue.xpending(STREAM, GROUP)["pending"])

    def known(self) -> int:
        """
        How many parcels are booked, or known to the queue as not done.
        """
        groups = {group["name"]: group for group in self.queue.xinfo_groups(STREAM)}
        return len(self.bookings()) + self.pending() + int(groups[GROUP]["lag"])

    def done(self) -> bool:
        """
        Whether all is booked, labelled and acknowledged.
        """
        all_booked = self.bookings().keys() >= set(self.parcels)
        return all_booked and not self.pending() and not self.unlabelled()

    def said(self, what: str, worker: Process | None = None) -> list[str]:
        """
        The parcels of which one worker, or any of them, has said so.
        """
        lines = [line for each in self.workers for line in each.log if worker in (None, each)]
        return [line.text.split()[0] for line in lines if f" {what} by " in line.text]

    def unlabelled(self) -> int:
        return len(set(self.parcels) - set(self.said("labelled")))

    def touched(self) -> str:
        """
        What has changed that is not the workers', in a word or two.
        """
        length = self.queue.xlen(STREAM)
        if length != len(self.parcels):
            return f"{length} entries instead of {len(self.parcels)}"
        groups = {group["name"]: group for group in self.queue.xinfo_groups(STREAM)}
        if OTHERS not in groups or groups[OTHERS]["pending"] != 1:
            return f"the group {OTHERS}"
        return ""

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.queue.close()


class Seen(NamedTuple):
    """
    What became of the parcels of one scenario.
    """

    parcels: int
    missing: int  # not booked
    doubled: int
    unlabelled: int
    unacknowledged: int
    begun_twice: int
    touched: str
    taken_over: bool = True  # by the second worker, when it could
    begun_after: int = 0  # by the first, since SIGTERM
    finished: bool = True  # the one that the first had in hand
    ended: bool = True
    code: int | None = 0
    forgotten: int = 0  # neither booked nor pending when the first had ended


def look(depot: Depot, **more: Any) -> Seen:
    booked = depot.bookings()
    return Seen(
        parcels=len(depot.parcels),
        missing=len(set(depot.parcels) - booked.keys()),
        doubled=sum(times > 1 for times in booked.values()),
        unlabelled=depot.unlabelled(),
        unacknowledged=depot.pending(),
        begun_twice=sum(times > 1 for times in Counter(depot.said("weighed")).values()),
        touched=depot.touched(),
        **more,
    )


def stop(depot: Depot, draw: random.Random) -> Seen:
    """
    SIGTERM with a short parcel in hand; then another worker does the rest.
    """
    depot.add(names(draw, 6), SHORT)
    first = depot.hire(NEVER)
    in_hand = depot.parcels[draw.randint(0, 1)]
    first.wait_log(f"{in_hand} weighed")
    first.send("SIGTERM")
    before = set(depot.said("weighed", first))
    ended = ends(first, within=GRACE)
    code = first.returncode
    after = set(depot.said("weighed", first)) - before
    booked, known = depot.bookings(), depot.known()
    depot.hire(NEVER)
    wait_until(depot.done, 6 * SHORT + 3)
    return look(
        depot,
        begun_after=len(after),
        finished=in_hand in booked and in_hand not in depot.said("weighed", depot.workers[1]),
        ended=ended,
        code=code,
        forgotten=max(0, len(depot.parcels) - known),
        taken_over=not depot.pending(),
    )


def stop_long(depot: Depot, draw: random.Random) -> Seen:
    """
    SIGTERM with a parcel in hand that takes longer than the grace period.
    """
    depot.add(names(draw, 2), LONG)
    grace = HASTY * patience()
    first = depot.hire(NEVER, grace)
    first.wait_log(f"{depot.parcels[0]} weighed")
    first.send("SIGTERM")
    ended = ends(first, within=grace)
    code = first.returncode
    known = depot.known()
    second = depot.hire(NEVER, grace)
    again = wait_until(lambda: depot.parcels[0] in depot.said("weighed", second), 3)
    return look(
        depot,
        ended=ended,
        code=code,
        forgotten=max(0, len(depot.parcels) - known),
        taken_over=again,
    )


def kill(depot: Depot, draw: random.Random) -> Seen:
    """
    SIGKILL between a booking and its acknowledgement.
    """
    workers = depot.hire(SOON), depot.hire(SOON)
    depot.add(names(draw, 4), SHORT)
    parcel = depot.parcels[draw.randint(0, 1)]
    wait_until(lambda: parcel in depot.said("labelled"), 10)
    next(each for each in workers if parcel in depot.said("labelled", each)).kill()
    wait_until(depot.done, 4 * SHORT + SOON + 3)
    return look(depot, taken_over=not depot.pending())


def take_long(depot: Depot, draw: random.Random) -> Seen:
    """
    Two workers, and a parcel that takes three times its visibility time-out.
    """
    soon = SOON * patience()
    depot.add(names(draw, 1), 2.5 * soon)
    depot.hire(soon)
    depot.hire(soon)
    wait_until(depot.done, 2.5 * soon + 3)
    return look(depot)


def freeze(depot: Depot, draw: random.Random) -> Seen:
    """
    The first of two workers stands still with a parcel in hand until the second has done it.
    """
    depot.add(names(draw, 1), 2 * SHORT)
    first = depot.hire(SOON)
    first.wait_log(f"{depot.parcels[0]} weighed")
    first.send("SIGSTOP")
    second = depot.hire(SOON)
    taken = wait_until(lambda: depot.said("labelled", second), SOON + 3)
    first.send("SIGCONT")
    wait_until(lambda: depot.said("labelled", first) or not first.running, 3)
    wait_until(depot.done, 3)
    return look(depot, taken_over=taken)


def names(draw: random.Random, many: int) -> list[str]:
    """
    Words that no parcel has had before.
    """
    return ["".join(draw.choices("abcdefghkmnprstuvwxyz", k=8)) for _ in range(many)]


Scenario = Callable[[Depot, random.Random], Seen]
SCENARIOS: list[Scenario] = [stop, stop_long, kill, take_long, freeze]


def attack(
    folder: Path, name: str, redis: RedisServer, seed: int, number: int, scenario: Scenario
) -> Seen:
    depot = Depot(folder, f"{name}, {scenario.__name__}", redis, number)
    try:
        return scenario(depot, random.Random(f"{seed} {number}"))
    finally:
        depot.close()
        if depot.workers:
            record(depot.name, None, depot.workers[0])


@pytest.fixture(scope="module")
def seen(attempt: Path, redis: RedisServer, seed: int) -> dict[str, Seen]:
    """
    All scenarios, side by side where the machine is fast enough.
    """
    with ThreadPoolExecutor(at_once(len(SCENARIOS))) as pool:
        running = {
            each.__name__: pool.submit(attack, attempt, "yours", redis, seed, number, each)
            for number, each in enumerate(SCENARIOS, 1)
        }
        return {name: future.result() for name, future in running.items()}


@explanation
def explain_stop(seen: Seen) -> Iterator[str]:
    if not seen.ended:
        yield "ignores-the-signal"
    if seen.touched:
        yield "touches-what-is-others"
    if seen.begun_after:
        yield "begins-another"
    if seen.forgotten:
        yield "acknowledged-too-early"
    if not seen.finished:
        yield "breaks-off"
    if seen.doubled:
        yield "booked-twice"
    if seen.unacknowledged and not seen.missing:
        yield "never-acknowledged"
    if not seen.taken_over:
        yield "not-given-back"
    if seen.code:
        yield "ends-with-an-error"


@explanation
def explain_stop_long(seen: Seen) -> Iterator[str]:
    if not seen.ended:
        yield "takes-too-long"
    if seen.forgotten:
        yield "acknowledged-unfinished"
    if not seen.taken_over:
        yield "let-go-and-kept"
    if seen.code:
        yield "ends-with-an-error"


@explanation
def explain_kill(seen: Seen) -> Iterator[str]:
    if not seen.taken_over:
        yield "left-lying"
    if seen.doubled:
        yield "booked-again"
    if seen.missing:
        yield "key-without-booking"
    if seen.unlabelled:
        yield "label-forgotten"


@explanation
def explain_take_long(seen: Seen) -> Iterator[str]:
    if seen.begun_twice:
        yield "no-heartbeat"


@explanation
def explain_freeze(seen: Seen) -> Iterator[str]:
    if not seen.taken_over:
        yield "never-lets-go"
    if seen.doubled:
        yield "asks-too-early"


@pytest.mark.control
def test_control(untouched: Path, redis: RedisServer, seed: int) -> None:
    """The untouched worker forgets parcels when it is stopped."""
    seen = attack(untouched, "untouched", redis, seed, 0, stop)

    expect(
        seen.missing,
        done="SIGTERM with a parcel in hand and others fetched",
        expected="parcels that nobody books",
        seen=f"{seen.missing} of {seen.parcels} parcels not booked",
    )


def test_a_stop_begins_nothing(seen: dict[str, Seen]) -> None:
    """After SIGTERM no other parcel is begun, and the one in hand is finished."""
    found = seen["stop"]
    expect(
        not found.begun_after and found.finished,
        done="SIGTERM with a short parcel in hand, and others fetched",
        expected="none begun after it; the one in hand booked, and begun by nobody else",
        seen=f"{found.begun_after} begun after it; the one in hand "
        + ("finished" if found.finished else "not finished"),
        hint=explain_stop(found),
    )


def test_a_stop_gives_back(seen: dict[str, Seen]) -> None:
    """What was only fetched is given back: the next worker finds it at once."""
    found = seen["stop"]
    expect(
        found.taken_over and not found.missing and not found.unacknowledged,
        done=f"then another worker, with a VISIBILITY of {NEVER:g} s",
        expected=f"all {found.parcels} parcels booked and acknowledged",
        seen=f"{found.missing} not booked, {found.unacknowledged} not acknowledged",
        hint=explain_stop(found),
    )


def test_a_stop_ends(seen: dict[str, Seen]) -> None:
    """After SIGTERM the process ends by itself, with exit code 0."""
    found = seen["stop"]
    expect(
        found.ended and found.code == 0,
        done="SIGTERM with a short parcel in hand",
        expected=f"it ends within {GRACE:g} s, with exit code 0",
        seen=f"exit code {found.code}" if found.ended else "it still ran, and was killed",
        hint=explain_stop(found),
    )


def test_a_long_parcel_is_let_go(seen: dict[str, Seen]) -> None:
    """A parcel that takes longer than GRACE is let go in time, and given back."""
    found = seen["stop_long"]
    expect(
        found.ended and found.code == 0 and found.taken_over and not found.forgotten,
        done=f"SIGTERM with a parcel in hand that takes {LONG:g} s, GRACE {HASTY:g} s",
        expected="it ends in time, with exit code 0, and the next worker begins it at once",
        seen=("ended" if found.ended else "killed")
        + f", exit code {found.code}, "
        + ("begun" if found.taken_over else "not begun")
        + " by the next",
        hint=explain_stop_long(found),
    )


def test_a_kill_loses_and_doubles_nothing(seen: dict[str, Seen]) -> None:
    """After SIGKILL what is left is taken over, booked once, and labelled."""
    found = seen["kill"]
    expect(
        not (found.missing or found.doubled or found.unlabelled or not found.taken_over),
        done=f"SIGKILL right after a booking, then another worker; VISIBILITY {SOON:g} s",
        expected=f"all {found.parcels} parcels booked once, labelled, acknowledged",
        seen=f"{found.missing} not booked, {found.doubled} booked twice, "
        f"{found.unlabelled} without a label, {found.unacknowledged} not acknowledged",
        hint=explain_kill(found),
    )


def test_a_long_parcel_is_one_workers(seen: dict[str, Seen]) -> None:
    """A parcel that takes longer than VISIBILITY is begun by one worker only."""
    found = seen["take_long"]
    expect(
        not (found.begun_twice or found.missing or found.doubled),
        done="two workers, and a parcel that takes two and a half times VISIBILITY",
        expected="begun once, booked once",
        seen="begun twice" if found.begun_twice else f"{found.missing} not booked",
        hint=explain_take_long(found),
    )


def test_who_stands_still_loses_it(seen: dict[str, Seen]) -> None:
    """A worker that stood still for too long books nothing that another has booked."""
    found = seen["freeze"]
    expect(
        found.taken_over and not found.doubled and not found.missing,
        done="SIGSTOP with a parcel in hand, SIGCONT when another has done it",
        expected="another takes it over, and it is booked once",
        seen=("taken over" if found.taken_over else "not taken over")
        + f", {found.doubled} booked twice",
        hint=explain_freeze(found),
    )


def test_the_stream_stays_as_it_is(seen: dict[str, Seen]) -> None:
    """Nothing is added to the stream or removed from it, and other groups stay."""
    found = next((each for each in seen.values() if each.touched), seen["stop"])
    expect(
        not found.touched,
        done="a look at the stream at the end",
        expected="each entry, once, and the other group's pending entry",
        seen=found.touched or "as it was",
        hint=explain_stop(found),
    )
