"""
Workers are stopped, killed, frozen and slow, with a parcel in hand and others fetched.
"""

import random
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from redis import Redis

from workbench import Process, RedisServer, redis_server, scratch, start, wait_until
from workbench.checks import at_once, ends, expect, explanation, patience, record

STREAM, GROUP, READERS = "parcels", "postage", "statistics"
DEPARTED = "departed"  # a worker that we only pretend to have had
# Seconds of VISIBILITY: one that no check waits for, more than a day; and one that it does.
NEVER, SOON = 100_000.45, 1.2
NEARLY = NEVER - 0.35  # and more than the whole seconds of it
GRACE = 2.5
QUICK, MODERATE, LONG = 0.05, 0.4, 60.0  # seconds that a parcel takes
AHEAD, MANY = 16, 60  # parcels that are always there to be fetched, and that may be done first
LOCKED = 3.0  # seconds for which somebody else may hold the ledger's lock


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server(own=True) as server:
        yield server


class Wire:
    """
    Between a worker and the queue. The answer that brings a certain parcel waits here.
    """

    def __init__(self, queue: int) -> None:
        self.waits = False
        self._queue = queue
        self._parcel = b""
        self._may_pass = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, parcel: str) -> None:
        self._parcel = parcel.encode()

    def let_through(self) -> None:
        self._may_pass.set()

    def close(self) -> None:
        self._may_pass.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                worker, _ = self._listener.accept()
                queue = socket.create_connection(("127.0.0.1", self._queue))
                for way in ((worker, queue), (queue, worker)):
                    threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._parcel and self._parcel in data:
                    self.waits = True
                    self._may_pass.wait()
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class Depot:
    """
    A stream, a ledger, and the workers of one scenario.
    """

    def __init__(self, folder: Path, name: str, redis: RedisServer, number: int) -> None:
        self.folder, self.name = folder, name
        self.url = f"{redis.url.rpartition('/')[0]}/{number}"
        self.queue: Any = Redis.from_url(self.url, decode_responses=True)
        self.queue.flushdb()
        for group in (GROUP, READERS):
            self.queue.xgroup_create(STREAM, group, mkstream=True)
        self.ledger = scratch(f"ledger of {name}") / "ledger.db"
        self.workers: list[Process] = []
        self.wires: list[Wire] = []
        self.in_vain = False  # whether something was waited for that did not come
        self.parcels: list[str] = []
        self.keys: dict[str, str] = {}  # of the parcels, in the stream
        self.kept: set[str] = set()  # somebody else's, who still has time for them

    def add(self, parcels: dict[str, float]) -> None:
        """
        Put parcels into the stream, each with its seconds.
        """
        self.parcels += parcels
        for name, seconds in parcels.items():
            entry = {"parcel": name, "seconds": str(seconds)}
            self.keys[name] = self.queue.xadd(STREAM, entry)
        self.queue.xreadgroup(READERS, "reader", {STREAM: ">"}, count=1)  # and says no more

    def leave(self, parcel: str, seconds: float) -> None:
        """
        Put a parcel into the stream that somebody has fetched and left for so many seconds.
        """
        self.add({parcel: QUICK})
        self.queue.xreadgroup(GROUP, DEPARTED, {STREAM: ">"})
        self.age(parcel, seconds)

    def age(self, parcel: str, seconds: float) -> None:
        keys, idle = [self.keys[parcel]], int(1000 * seconds)
        self.queue.xclaim(STREAM, GROUP, DEPARTED, 0, keys, idle=idle)

    def wire(self) -> Wire:
        self.wires.append(Wire(urlsplit(self.url).port or 6379))
        return self.wires[-1]

    def hire(
        self, visibility: float, grace: float = GRACE, wire: Wire | None = None
    ) -> Process:
        """
        Start a worker in a folder of its own, as on a machine of its own.
        """
        there = urlsplit(self.url)
        url = there._replace(netloc=f"127.0.0.1:{wire.port}").geturl() if wire else self.url
        name = f"w{len(self.workers) + 1}"
        place = self.folder / f"{self.name} {name}"
        place.mkdir()
        worker = start(
            f"python ../worker.py {name}",
            ready="ready",
            name=f"{self.name}, {name}",
            cwd=place,
            env={
                "QUEUE": url,
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

    def pending(self, idle: float = 0) -> int:
        """
        How many are handed over and not acknowledged, or left for so many seconds besides.
        """
        entries = self.queue.xpending_range(
            STREAM, GROUP, "-", "+", 1000, idle=int(1000 * idle)
        )
        return len(entries) - (len(self.kept) if not idle else 0)

    def owners(self) -> dict[str, str]:
        """
        Of each parcel that is handed over and not acknowledged, to whom.
        """
        entries = self.queue.xpending_range(STREAM, GROUP, "-", "+", 1000)
        consumers = {entry["message_id"]: entry["consumer"] for entry in entries}
        return {name: consumers[key] for name, key in self.keys.items() if key in consumers}

    def ahead(self) -> int:
        """
        How many nobody has fetched.
        """
        groups = {group["name"]: group for group in self.queue.xinfo_groups(STREAM)}
        last = place(groups[GROUP]["last-delivered-id"])
        return sum(place(key) > last for key in self.keys.values())

    def known(self) -> set[str]:
        """
        Parcels that the queue has still to give: not handed over yet, or not acknowledged.
        """
        (last,) = (
            group["last-delivered-id"]
            for group in self.queue.xinfo_groups(STREAM)
            if group["name"] == GROUP
        )
        pending = {
            entry["message_id"]
            for entry in self.queue.xpending_range(STREAM, GROUP, "-", "+", 1000)
        }
        return {
            entry["parcel"]
            for key, entry in self.queue.xrange(STREAM)
            if key in pending or place(key) > place(last)
        }

    def said(self, what: str, worker: Process | None = None) -> list[str]:
        """
        The parcels of which one worker, or any of them, has said so.
        """
        lines = [line for each in self.workers for line in each.log if worker in (None, each)]
        return [line.text.split()[0] for line in lines if f" {what} " in line.text]

    def weighs(self, worker: Process) -> set[str]:
        return set(self.said("weighed", worker)) - self.bookings().keys()

    def prints(self, worker: Process) -> set[str]:
        booked = set(self.said("weighed", worker)) & self.bookings().keys()
        return booked - set(self.said("labelled", worker))

    def done(self) -> bool:
        """
        Whether all is booked, labelled and acknowledged.
        """
        wanted = set(self.parcels) - self.kept
        return (
            self.bookings().keys() >= wanted
            and set(self.said("labelled")) >= wanted
            and not self.pending()
        )

    def wait(self, done: Callable[[], object], seconds: float, *, every: float = 0.02) -> bool:
        """
        Wait, though not for long where something else has not come: these workers are wrong,
        and all waits together must end before the check is ended.
        """
        came = wait_until(done, min(seconds, 1) if self.in_vain else seconds, every=every)
        self.in_vain |= not came
        return came

    def catch(self, worker: Process, busy: Callable[[Process], object]) -> bool:
        """
        Make a worker stand still while it weighs, or prints: it may go on until it does, so we
        look again.
        """

        def caught() -> bool:
            if not worker.running or not busy(worker):
                return False
            worker.send("SIGSTOP")
            if not busy(worker):
                worker.send("SIGCONT")
                return False
            return True

        return self.wait(caught, 4)

    def replace(
        self, worker: Process, grace: float, wire: Wire | None = None, held: Wire | None = None
    ) -> "Stop":
        """
        SIGTERM, and another worker while this one has its grace period. What is held on its
        way to the old one comes after the signal; the new one has its own wire.
        """
        over = time.monotonic() + grace
        worker.send("SIGTERM")
        before = set(self.said("weighed", worker))
        if held:
            # Time to note the signal, in small steps: where all stands still, it is one.
            for _ in range(20):
                time.sleep(0.02)
            held.let_through()
        self.hire(NEVER, grace, wire)
        ended = ends(worker, within=max(0.0, over - time.monotonic()))
        begun = set(self.said("weighed", worker)) - before
        return Stop(ended, worker.returncode, len(begun))

    def ripen(self, late: str, young: str) -> bool:
        """
        Let one parcel be left for VISIBILITY, and another for nearly as long: whether that one
        is taken, before the next look finds it older.
        """
        self.kept = {young}
        early, looked = False, 0.0
        self.age(late, NEVER)

        def begun() -> bool:
            nonlocal early, looked
            if self.kept and looked and self.owners().get(young) != DEPARTED:
                early = time.monotonic() - looked < NEVER - NEARLY
                self.kept = set()
            if self.kept:
                looked = time.monotonic()
                self.age(young, NEARLY)
            return late in self.said("weighed")

        self.wait(begun, 3)
        if self.owners().get(young) == DEPARTED:
            self.age(young, NEVER / 2)
        else:
            self.kept = set()
        return early

    def go_on(self, worker: Process, left: set[str], draw: random.Random) -> bool:
        """
        New parcels come all the time, until a worker has begun what was left: whether it did
        many others first, that could wait.
        """
        others = -1  # that it had begun when the first was old enough

        def count() -> int:
            return len(set(self.said("weighed", worker)) - left)

        def is_over() -> bool:
            nonlocal others
            for name in words(draw, AHEAD - self.ahead()):
                self.add({name: QUICK / 2})
            if others < 0 and self.pending(SOON):
                others = count()
            # What was booked before may be done without being weighed again.
            waiting = (left & self.owners().keys()) - set(self.said("weighed", worker))
            return not waiting or not worker.running

        wait_until(lambda: is_over() or others >= 0, SOON + 2)
        return (
            others >= 0
            and wait_until(lambda: is_over() or count() - others >= MANY, 8)
            and not is_over()
        )

    def wake(self, worker: Process, frozen: set[str], done: Callable[[], object]) -> set[str]:
        """
        Let a worker go on that stood still: the parcels that it takes from those who work.
        """
        before = self.said("weighed", worker)
        theirs = {name: owner for name, owner in self.owners().items() if owner not in frozen}
        taken: set[str] = set()

        def is_over() -> object:
            now = self.owners()
            taken.update(
                name for name, owner in theirs.items() if now.get(name, owner) != owner
            )
            return done()

        worker.send("SIGCONT")
        self.wait(is_over, 4, every=0.005)
        begun = self.said("weighed", worker)[len(before) :]
        return taken | (set(begun) & theirs.keys())

    def lock(self, parcel: str, seconds: float) -> None:
        """
        Hold the ledger's lock when a parcel is to be booked, until a second worker has begun
        it, too: who stands still for the lock cannot say that it works.
        """
        over = time.monotonic() + seconds
        with closing(sqlite3.connect(self.ledger, timeout=10, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            self.add({parcel: QUICK})
            wait_until(
                lambda: self.said("weighed").count(parcel) > 1 or time.monotonic() > over,
                seconds,
            )
            time.sleep(10 * QUICK)  # nobody sees from outside that it asks what is booked
            other.execute("ROLLBACK")

    def touched(self) -> str:
        """
        What has changed that is not the workers', in a word or two.
        """
        length = self.queue.xlen(STREAM)
        if length != len(self.parcels):
            return f"{length} entries instead of {len(self.parcels)}"
        groups = {group["name"]: group for group in self.queue.xinfo_groups(STREAM)}
        if READERS not in groups or not groups[READERS]["pending"]:
            return f"the group {READERS}"
        return ""

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        for wire in self.wires:
            wire.close()
        self.queue.close()


class Stop(NamedTuple):
    """
    What became of a worker that got SIGTERM.
    """

    ended: bool
    code: int | None
    begun: int  # parcels, after it


class Seen(NamedTuple):
    """
    What became of some parcels, and of the worker that was stopped meanwhile.
    """

    parcels: int
    missing: int  # not booked
    lost: int  # … and not known to the queue any more
    doubled: int
    unlabelled: int
    begun_twice: int
    unacknowledged: int
    overdue: int  # of these, left for so long that anybody may take them
    touched: str
    stop: Stop = Stop(ended=True, code=0, begun=0)
    finished: bool = True  # what it had in hand
    taken_over: bool = True
    taken_early: bool = False
    starved: bool = False  # what was left, by what was new
    robbed: int = 0  # parcels of those who worked on them

    @property
    def after(self) -> int:
        return self.stop.begun

    @property
    def code(self) -> int | None:
        return self.stop.code


def look(depot: Depot, parcels: list[str], **more: Any) -> Seen:
    booked = depot.bookings()
    wanted = set(parcels) - depot.kept
    weighed = Counter(depot.said("weighed"))
    return Seen(
        parcels=len(wanted),
        missing=len(wanted - booked.keys()),
        lost=len(wanted - booked.keys() - depot.known()),
        doubled=sum(booked[each] > 1 for each in parcels),
        unlabelled=len(wanted - set(depot.said("labelled"))),
        begun_twice=sum(weighed[each] > 1 for each in parcels),
        unacknowledged=depot.pending(),
        overdue=depot.pending(NEVER),
        touched=depot.touched(),
        **more,
    )


def stop(depot: Depot, draw: random.Random) -> dict[str, Seen]:
    """
    SIGTERM with a parcel in hand that there is time for, then with a fetch under way, and then
    with a parcel that takes too long.
    """
    grace = GRACE * patience()
    old, young, late, *names = words(draw, draw.randint(16, 20))
    depot.leave(old, draw.uniform(1.1, 1.5) * NEVER)
    for name in (young, late):
        depot.leave(name, draw.uniform(0.6, 0.9) * NEVER)
    depot.kept = {young, late}
    # Among the first that are fetched: behind it others are in the worker's hands.
    in_hand = names[draw.randint(0, 2)]
    depot.add(dict.fromkeys(names, QUICK) | {in_hand: 0.4 * grace})
    first = depot.hire(NEVER, grace)
    first.wait_log(f"{in_hand} weighed")
    wire = depot.wire()
    stopped = depot.replace(first, grace, wire)
    depot.wait(depot.done, len(names) * QUICK + 3)
    early = bool(depot.kept & set(depot.said("weighed"))) or depot.ripen(late, young)
    depot.wait(depot.done, 2)
    second = depot.workers[1]
    short = look(
        depot,
        depot.parcels,
        stop=stopped,
        finished=in_hand in depot.said("labelled", first),
        taken_over=not depot.pending(),
        taken_early=early,
    )
    came = words(draw, draw.randint(2, 4))
    wire.hold(came[0])
    depot.add(dict.fromkeys(came, QUICK))
    depot.wait(lambda: wire.waits, 3)
    stopped = depot.replace(second, grace, held=wire)
    depot.wait(depot.done, len(came) * QUICK + 3)
    fetching = look(depot, came, stop=stopped, taken_over=not depot.pending())
    (long,) = words(draw, 1)
    depot.add({long: LONG})
    third = depot.workers[2]
    wait_until(lambda: long in depot.said("weighed", third), 10)
    stopped = depot.replace(third, grace)
    taken = depot.wait(lambda: long in depot.said("weighed", depot.workers[3]), 3)
    return {
        "stopped": short,
        "fetching": fetching,
        "let go": look(depot, [long], stop=stopped, taken_over=taken),
    }


def kill(depot: Depot, draw: random.Random) -> dict[str, Seen]:
    """
    SIGKILL to a worker that weighs, and to one that prints a label; a third does the rest while
    new parcels come, and gets SIGTERM when nothing is left.
    """
    first, second = depot.hire(SOON), depot.hire(SOON)
    depot.add(dict.fromkeys(words(draw, draw.randint(3, 5)), MODERATE))
    for worker, busy in ((first, depot.weighs), (second, depot.prints)):
        depot.catch(worker, busy)
        worker.kill()
    left = set(depot.owners())
    third = depot.hire(SOON)
    starved = depot.go_on(third, left, draw)
    depot.wait(depot.done, len(left) * MODERATE + 3)
    killed = look(depot, depot.parcels, taken_over=not depot.pending(), starved=starved)
    third.send("SIGTERM")
    idle = Stop(ended=ends(third, within=GRACE), code=third.returncode, begun=0)
    return {"killed": killed, "idle": killed._replace(stop=idle)}


def take_long(depot: Depot, draw: random.Random) -> dict[str, Seen]:
    """
    Two workers, and a parcel that takes longer than VISIBILITY while another waits behind it;
    then one that takes no time, while somebody else has the ledger.
    """
    soon = SOON * patience()
    long, behind = words(draw, 2)
    depot.add({long: 1.8 * soon, behind: QUICK})
    depot.hire(soon).wait_log(f"{long} weighed")
    fetched = set(depot.owners())
    second = depot.hire(soon)
    depot.wait(depot.done, 1.8 * soon + 3)
    robbed = fetched & set(depot.said("weighed", second))
    slow = look(depot, [long, behind], robbed=len(robbed))
    (wanted,) = words(draw, 1)
    depot.lock(wanted, LOCKED - 0.7)
    depot.wait(depot.done, 3)
    # One of them books when the other has done all: both are through when both print a label.
    labels = depot.said("weighed").count(wanted)
    wait_until(lambda: depot.said("labelled").count(wanted) >= labels, 1)
    return {"slow": slow, "locked": look(depot, [wanted])}


def freeze(depot: Depot, draw: random.Random) -> dict[str, Seen]:
    """
    Two workers stand still until a third has done what they have in hand, and has the rest: one
    as it prints a label; and one as it weighs, which gets SIGTERM before it goes on.
    """
    soon, grace = SOON * patience(), GRACE * patience()
    workers, hands, frozen = [], [], []
    for busy in (depot.prints, depot.weighs):
        hand, behind = words(draw, 2)
        depot.add({hand: MODERATE, behind: 2 * MODERATE})
        worker = depot.hire(soon, grace)
        depot.catch(worker, busy)
        workers.append(worker)
        hands += depot.said("weighed", worker)[-1:] or [hand]
        frozen.append(depot.owners().get(hands[-1], ""))
    depot.hire(soon, grace)

    def others(what: str, number: int) -> bool:
        made = Counter(depot.said(what))
        made.subtract(depot.said(what, workers[number]))
        return made[hands[number]] > 0

    taken = depot.wait(lambda: others("labelled", 0), soon + 4)
    if not taken:
        for worker in workers:
            worker.send("SIGCONT")
        return {"frozen": look(depot, depot.parcels, taken_over=False)}

    def booked() -> bool:
        return others("weighed", 1) and hands[1] in depot.bookings()

    robbed = depot.wake(workers[0], set(frozen), booked)
    workers[1].send("SIGTERM")
    robbed |= depot.wake(workers[1], {frozen[1]}, lambda: not workers[1].running)
    depot.wait(depot.done, 4)
    return {"frozen": look(depot, depot.parcels, robbed=len(robbed))}


def place(key: str) -> tuple[int, ...]:
    """
    Where an entry stands in the stream, by its id.
    """
    return tuple(int(part) for part in key.split("-"))


def words(draw: random.Random, many: int) -> list[str]:
    """
    Names that no parcel has had before.
    """
    return ["".join(draw.choices("abcdefghkmnprstuvwxyz", k=8)) for _ in range(many)]


Scenario = Callable[[Depot, random.Random], dict[str, Seen]]
SCENARIOS: list[Scenario] = [stop, freeze, kill, take_long]


@pytest.fixture(scope="module")
def seen(attempt: Path, redis: RedisServer, seed: int) -> dict[str, Seen]:
    """
    All scenarios, side by side where the machine is fast enough.
    """

    def attack(number: int) -> dict[str, Seen]:
        scenario = SCENARIOS[number]
        depot = Depot(attempt, scenario.__name__, redis, number)
        try:
            return scenario(depot, random.Random(f"{seed} {number}"))
        finally:
            depot.close()
            if depot.workers:
                record(depot.name, None, depot.workers[0])

    with ThreadPoolExecutor(at_once(len(SCENARIOS))) as pool:
        found = pool.map(attack, range(len(SCENARIOS)))
        return {name: each for scenario in found for name, each in scenario.items()}


@explanation
def explain_stopped(seen: Seen) -> Iterator[str]:
    if not seen.stop.ended:
        yield "ignores-the-signal"
    yield from explain_rules(seen)
    if seen.lost:
        yield "acknowledged-too-early"
    if not seen.finished:
        yield "breaks-off"
    if seen.begun_twice:
        yield "begun-again"
    if seen.unacknowledged and not seen.missing:
        yield "never-acknowledged"
    if seen.overdue:
        yield "left-lying"
    if not seen.taken_over:
        yield "not-given-back"
    if seen.code:
        yield "ends-with-an-error"


def explain_rules(seen: Seen) -> Iterator[str]:
    """
    What no worker does, whatever it is for.
    """
    if seen.touched:
        yield "touches-what-is-others"
    if seen.after:
        yield "begins-another"
    if seen.taken_early:
        yield "takes-too-early"


@explanation
def explain_fetching(seen: Seen) -> Iterator[str]:
    if not seen.stop.ended:
        yield "waits-for-a-parcel"
    if seen.after:
        yield "begins-what-comes"
    if seen.lost:
        yield "acknowledged-too-early"
    if not seen.taken_over:
        yield "fetched-and-kept"
    if seen.code:
        yield "ends-with-an-error"


@explanation
def explain_let_go(seen: Seen) -> Iterator[str]:
    if not seen.stop.ended:
        yield "takes-too-long"
    if seen.lost:
        yield "acknowledged-unfinished"
    if not seen.taken_over:
        yield "let-go-and-kept"
    if seen.code:
        yield "ends-with-an-error"


@explanation
def explain_idle(seen: Seen) -> Iterator[str]:
    if not seen.stop.ended:
        yield "waits-for-a-parcel"
    if seen.code:
        yield "ends-with-an-error"


@explanation
def explain_killed(seen: Seen) -> Iterator[str]:
    if not seen.taken_over:
        yield "nobody-takes-over"
    if seen.starved:
        yield "new-ones-first"
    if seen.doubled:
        yield "booked-again"
    if seen.missing:
        yield "key-without-booking"
    if seen.unlabelled:
        yield "label-forgotten"


@explanation
def explain_slow(seen: Seen) -> Iterator[str]:
    if seen.robbed:
        yield "no-heartbeat"


@explanation
def explain_locked(seen: Seen) -> Iterator[str]:
    if seen.doubled:
        yield "asks-and-then-books"
    if seen.missing:
        yield "gives-up-at-a-lock"


@explanation
def explain_frozen(seen: Seen) -> Iterator[str]:
    if not seen.taken_over:
        yield "never-lets-go"
    if seen.doubled:
        yield "asks-too-early"


@explanation
def explain_woken(seen: Seen) -> Iterator[str]:
    if seen.robbed:
        yield "takes-it-back"


@pytest.mark.control
def test_control(untouched: Path, redis: RedisServer, seed: int) -> None:
    """The untouched worker forgets parcels when it is stopped."""
    draw = random.Random(seed)
    depot = Depot(untouched, "untouched", redis, len(SCENARIOS))
    depot.add(dict.fromkeys(words(draw, 4), MODERATE))
    worker = depot.hire(NEVER)
    worker.wait_log("weighed")
    worker.send("SIGTERM")
    ends(worker, within=GRACE)
    seen = look(depot, depot.parcels)
    depot.close()

    expect(
        seen.lost,
        done="SIGTERM with a parcel in hand and others fetched",
        expected="parcels that nobody knows of",
        seen=f"{seen.lost} of {seen.parcels} neither booked nor pending",
    )


def test_a_stop_begins_nothing(seen: dict[str, Seen]) -> None:
    """After SIGTERM no other parcel is begun, and the one in hand is finished."""
    found = seen["stopped"]
    expect(
        not found.after and found.finished and not found.begun_twice,
        done="SIGTERM with a parcel in hand that takes 0.4 GRACE, and others fetched",
        expected="none begun after it; the one in hand finished; none begun again",
        seen=f"{found.after} begun after it; the one in hand "
        + ("finished" if found.finished else "not finished")
        + f"; {found.begun_twice} begun again",
        hint=explain_stopped(found),
    )


def test_a_stop_gives_back(seen: dict[str, Seen]) -> None:
    """What was only fetched is given back: the next worker finds it at once."""
    found = seen["stopped"]
    expect(
        found.taken_over and not found.missing and not found.unacknowledged,
        done=f"then another worker, with a VISIBILITY of {NEVER:g} s",
        expected=f"all {found.parcels} parcels booked and acknowledged",
        seen=f"{found.missing} not booked, {found.unacknowledged} not acknowledged",
        hint=explain_stopped(found),
    )


def test_others_keep_theirs(seen: dict[str, Seen]) -> None:
    """What somebody else has had for less than VISIBILITY is left to them."""
    found = seen["stopped"]
    expect(
        not found.taken_early,
        done="a parcel that another worker has had for a while, though not for VISIBILITY",
        expected="begun by nobody",
        seen="begun" if found.taken_early else "begun by nobody",
        hint=explain_stopped(found),
    )


def test_a_stop_ends(seen: dict[str, Seen]) -> None:
    """After SIGTERM the process ends by itself, with exit code 0."""
    found = seen["stopped"]
    expect(
        found.stop.ended and found.code == 0,
        done="SIGTERM with a parcel in hand that takes 0.4 GRACE",
        expected=f"it ends within a GRACE of {GRACE:g} s, with exit code 0",
        seen=f"exit code {found.code}" if found.stop.ended else "it still ran, and was killed",
        hint=explain_stopped(found),
    )


def test_a_stop_without_work_ends(seen: dict[str, Seen]) -> None:
    """So it does when there is nothing to do."""
    found = seen["idle"]
    expect(
        found.stop.ended and found.code == 0,
        done="SIGTERM when nothing was left in the stream",
        expected=f"it ends within a GRACE of {GRACE:g} s, with exit code 0",
        seen=f"exit code {found.code}" if found.stop.ended else "it still ran, and was killed",
        hint=explain_idle(found),
    )


def test_what_a_fetch_brings_is_given_back(seen: dict[str, Seen]) -> None:
    """What a fetch brings after SIGTERM is not begun, and given back."""
    found = seen["fetching"]
    expect(
        found.stop.ended and not (found.after or found.lost or found.code) and found.taken_over,
        done="SIGTERM with nothing in hand, and a fetch under way that brings a parcel",
        expected="none begun after it, it ends with exit code 0, and the next worker does all",
        seen=("ended" if found.stop.ended else "killed")
        + f", exit code {found.code}, {found.after} begun after it; then "
        f"{found.missing} not booked, {found.unacknowledged} not acknowledged",
        hint=explain_fetching(found),
    )


def test_a_long_parcel_is_let_go(seen: dict[str, Seen]) -> None:
    """A parcel that takes longer than GRACE is let go in time, and given back."""
    found = seen["let go"]
    expect(
        found.stop.ended and found.code == 0 and found.taken_over and not found.lost,
        done=f"SIGTERM with a parcel in hand that takes {LONG:g} s, GRACE {GRACE:g} s",
        expected="it ends in time, with exit code 0, and the next worker begins it at once",
        seen=("ended" if found.stop.ended else "killed")
        + f", exit code {found.code}, "
        + ("begun" if found.taken_over else "not begun")
        + " by the next",
        hint=explain_let_go(found),
    )


def test_a_kill_loses_and_doubles_nothing(seen: dict[str, Seen]) -> None:
    """After SIGKILL what is left is taken over, booked once, and labelled."""
    found = seen["killed"]
    expect(
        not (found.missing or found.doubled or found.unlabelled) and found.taken_over,
        done="SIGKILL to a worker that weighs and to one that prints, then another worker; "
        f"VISIBILITY {SOON:g} s",
        expected=f"all {found.parcels} parcels booked once, labelled, acknowledged",
        seen=f"{found.missing} not booked, {found.doubled} booked twice, "
        f"{found.unlabelled} without a label, {found.unacknowledged} not acknowledged",
        hint=explain_killed(found),
    )


def test_what_is_left_does_not_wait_for_all_others(seen: dict[str, Seen]) -> None:
    """What is left is taken over, although new parcels come all the time."""
    found = seen["killed"]
    expect(
        not found.starved,
        done="new parcels, as many as the worker does, while others have been left for "
        f"VISIBILITY, {SOON:g} s",
        expected=f"what was left is begun before {MANY} others are",
        seen="not begun by then" if found.starved else "begun",
        hint=explain_killed(found),
    )


def test_a_long_parcel_is_one_workers(seen: dict[str, Seen]) -> None:
    """While a worker works, nobody else begins what it has fetched."""
    found = seen["slow"]
    expect(
        not (found.robbed or found.begun_twice or found.missing or found.doubled),
        done="a parcel that takes nearly two VISIBILITY, one behind it, and a second worker",
        expected="what the first has fetched is begun by the first alone, each booked once",
        seen=f"{found.robbed} begun by the second, {found.doubled} booked twice, "
        f"{found.missing} not booked",
        hint=explain_slow(found),
    )


def test_a_lock_doubles_nothing(seen: dict[str, Seen]) -> None:
    """A parcel is booked once, though the ledger is locked when it is to be booked."""
    found = seen["locked"]
    expect(
        not found.doubled and not found.missing,
        done=f"the ledger locked by somebody else, for less than {LOCKED:g} s, with a parcel "
        f"to be booked; VISIBILITY {SOON:g} s, two workers",
        expected="it is booked once, when the lock is gone",
        seen="booked twice" if found.doubled else f"{found.missing} not booked",
        hint=explain_locked(found),
    )


def test_who_stands_still_loses_it(seen: dict[str, Seen]) -> None:
    """A worker that stood still for too long books nothing that another has booked."""
    found = seen["frozen"]
    expect(
        found.taken_over and not found.doubled and not found.missing,
        done="SIGSTOP with a parcel in hand, SIGCONT when another has done it",
        expected="another takes it over, and it is booked once",
        seen=("taken over" if found.taken_over else "not taken over")
        + f", {found.doubled} booked twice",
        hint=explain_frozen(found),
    )


def test_the_stream_stays_as_it_is(seen: dict[str, Seen]) -> None:
    """Nothing is added to the stream or removed from it, and other groups stay."""
    found = next((each for each in seen.values() if each.touched), seen["stopped"])
    expect(
        not found.touched,
        done="a look at the stream at the end",
        expected="each entry, once, and what the other group has pending",
        seen=found.touched or "as it was",
        hint=explain_stopped(found),
    )


def test_who_stood_still_takes_nothing_back(seen: dict[str, Seen]) -> None:
    """A worker that stood still for too long leaves its parcels to those who have them now."""
    found = seen["frozen"]
    expect(
        not found.robbed,
        done="SIGSTOP with parcels in hand and behind, SIGCONT, with or without SIGTERM, when "
        "another has taken them over and works on them",
        expected="they stay the other's: not begun, not claimed, not given back",
        seen=f"{found.robbed} taken from it",
        hint=explain_woken(found),
    )
