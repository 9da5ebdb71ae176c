"""
Orders come all the time, once many together; SIGTERM comes while six quotes are in flight.

Once the file's folder is gone for a while, then its disk is full, and SIGKILL comes right after
the last answer. Once SIGTERM comes while an order waits for the disk.
"""

import fcntl
import http.client
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

import psutil
import pytest

from workbench import Process, Traffic, scratch, start, traffic, wait_until
from workbench.checks import ask, ends, expect, explanation, patience, record

QUOTES = 6
TOGETHER, EACH = 16, 20  # customers who order at once, and how often
SECONDS_TO_END = 4
DONE = f"orders without a pause, then SIGTERM with {QUOTES} quotes in flight"

LAUNCHERS = {
    "python service.py": ("python service.py {port}", 1),
    "uvicorn --workers 2": (
        "uvicorn service:app --port {port} --workers 2 --timeout-worker-healthcheck 60",
        2,
    ),
}


def launch(folder: Path, name: str, launcher: str, file: Path) -> Process:
    command, workers = LAUNCHERS[launcher]
    env = {"ORDERS": str(file)}
    service = start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)
    service.wait_log("Application startup complete", times=workers)
    return service


def draw_name(draw: random.Random) -> str:
    """
    A word that no order has had before.
    """
    return "".join(draw.choices("abcdefghkmnprstuvwxyz", k=8))


def lines(file: Path) -> Counter[str]:
    """
    How often each line is in the file.
    """
    if not file.exists():
        return Counter()
    return Counter(file.read_text(encoding="utf-8", errors="replace").splitlines())


def crowd(service: Process, orders: list[str]) -> set[str]:
    """
    Orders of sixteen customers, who keep their connections: those that were accepted.
    """

    def send(own: list[str]) -> list[str]:
        accepted = []
        limit = 3 * patience()
        line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=limit)
        with closing(line), suppress(OSError, http.client.HTTPException):
            for order in own:  # who is not answered once goes
                line.request("POST", "/orders", order)
                answer = line.getresponse()
                answer.read()
                accepted += [order] if answer.status == 200 else []
        return accepted

    with ThreadPoolExecutor(TOGETHER) as pool:
        parts = pool.map(send, (orders[first::TOGETHER] for first in range(TOGETHER)))
        return {order for accepted in parts for order in accepted}


# A disk that is slow

HELD = 2.5  # seconds that it lets an order wait, before SIGTERM
HELD_ON = 5.5  # seconds after it: more than whoever gives up after four


class Slow(NamedTuple):
    """
    What became of an order that waited for the disk when SIGTERM came.
    """

    status: int | None
    times: int  # that it is in the file


@explanation
def explain_slow(seen: Slow) -> Iterator[str]:
    if seen.status is None:
        yield "leaves-an-order"
    if seen.status == 503 and seen.times:
        yield "written-after-all"


@contextmanager
def slow(file: Path) -> Iterator[Callable[[], bool]]:
    """
    Let whoever opens a file to write wait; where the system cannot, nobody does.

    Yields:
        Whether somebody waits.
    """
    held = hasattr(fcntl, "F_SETLEASE")
    with file.open("rb") as lease:
        if held:
            try:
                fcntl.fcntl(lease, fcntl.F_SETSIG, signal.SIGURG)  # which nobody minds
                fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            except OSError:  # it is open already, or the file system has no leases
                held = False
        yield lambda: held and fcntl.fcntl(lease, fcntl.F_GETLEASE) == fcntl.F_UNLCK
        if held:
            fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_UNLCK)


@pytest.fixture(scope="module")
def waits_for_the_disk(attempt: Path, seed: int) -> Iterator[Future[Slow]]:
    """
    An order that waits for long, beside all else.
    """
    over = Event()
    with ThreadPoolExecutor(1) as beside:
        yield beside.submit(wait_for_the_disk, attempt, seed, over)
        over.set()


def wait_for_the_disk(folder: Path, seed: int, over: Event) -> Slow:
    """
    Let an order wait for the disk, send SIGTERM unless it is answered, let the disk go on.
    """
    draw = random.Random(seed)
    file = scratch("slow disk") / "orders.txt"
    name = "yours, on a slow disk"
    order = draw_name(draw)
    with launch(folder, name, "python service.py", file) as service:
        ask(service, "/orders", method="POST", body=draw_name(draw))
        file.touch()
        with ThreadPoolExecutor(1) as customer:
            with slow(file) as waits:
                asked = customer.submit(
                    ask, service, "/orders", method="POST", body=order, timeout=30
                )
                wait_until(lambda: waits() or asked.done(), 10)
                wait_until(lambda: asked.done() or over.is_set(), HELD)
                answered = asked.done()
                if not answered:
                    service.send("SIGTERM")
                    wait_until(
                        lambda: asked.done() or over.is_set() or not service.running, HELD_ON
                    )
            if answered:  # what is still done for them, now that the disk goes on?
                wait_until(lambda: lines(file)[order], 1)
                service.send("SIGTERM")
        ends(service, within=SECONDS_TO_END)
    record(name, None, service)
    return Slow(asked.result().status, lines(file)[order])


# SIGTERM


class Seen(NamedTuple):
    """
    What became of a service that got SIGTERM under load.
    """

    before: int  # orders, until the first look at the file
    refused: int  # of those
    failed: int  # requests answered with an error since SIGTERM
    missing_at_once: int  # accepted orders, when the file was read while the service ran
    accepted: set[str]
    sent: set[str]
    found: Counter[str]
    twins: int  # of two customers who order the same: accepted, and in the file
    quotes: Traffic
    ended: bool

    @property
    def answered(self) -> int:
        return self.quotes.count("ok")

    @property
    def lost(self) -> int:
        return QUOTES - self.answered

    @property
    def missing(self) -> int:
        return len(self.accepted - self.found.keys())

    @property
    def doubled(self) -> int:
        return sum(times > 1 for line, times in self.found.items() if line in self.sent)

    @property
    def strange(self) -> int:
        return len(self.found.keys() - self.sent)

    @property
    def first_strange(self) -> str:
        return next(line for line in self.found if line not in self.sent)[:40]


def attack(folder: Path, name: str, launcher: str, seed: int) -> Seen:
    """
    Start the service, load it, send SIGTERM; compare the file with what customers heard.
    """
    draw = random.Random(seed)
    word, rate, before = draw_name(draw), draw.randint(40, 80), draw.randint(20, 40)
    twin = draw_name(draw)
    file = scratch(name) / "orders.txt"

    def accepted(load: Traffic) -> set[str]:
        return {f"{word} {each.number}" for each in load.samples if each.outcome == "ok"}

    def missing(load: Traffic) -> int:
        answered = accepted(load)  # before the file is read
        return len(answered - lines(file).keys())

    with launch(folder, name, launcher, file) as service:
        target = f"{service.url}/orders"
        with traffic(target, rate=rate, method="POST", body=f"{word} {{number}}") as orders:
            orders.wait(before)
            refused = sum(each.outcome != "ok" for each in orders.samples)
            missing_at_once = missing(orders)
            together = [f"{word} {draw_name(draw)}" for _ in range(TOGETHER * EACH)]
            accepted_together = crowd(service, together)
            with (
                traffic(target, rate=30, requests=2, method="POST", body=twin) as twins,
                traffic(f"{service.url}/quote", rate=30, requests=QUOTES) as quotes,
            ):
                service.wait_log("quote begun", times=QUOTES)
                missing_at_once = max(missing_at_once, missing(orders))
                service.send("SIGTERM")
                quotes.mark("SIGTERM")
            ended = ends(service, within=SECONDS_TO_END)
    record(name, quotes, service)
    found = lines(file)
    same = min(found.pop(twin, 0), twins.count("ok"))
    return Seen(
        before=before,
        refused=refused,
        failed=orders.count("error") + quotes.count("error") - refused,
        missing_at_once=missing_at_once,
        accepted=accepted(orders) | accepted_together,
        sent={f"{word} {each.number}" for each in orders.samples} | set(together),
        found=found,
        twins=same,
        quotes=quotes,
        ended=ended,
    )


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.refused:
        yield "refuses-orders"
    if seen.failed:
        yield "raises-in-the-loop"
    if not seen.ended:
        yield "takes-the-signal"
    if seen.lost:
        yield "ends-at-once"
    if seen.strange:
        yield "not-a-line"
    if seen.missing_at_once:
        yield "accepted-too-early"
    if seen.missing:
        yield "loses-the-last"
    if seen.doubled:
        yield "written-twice"
    if seen.twins < 2:
        yield "takes-two-for-one"


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service loses orders under this load, and does not drain."""
    seen = attack(untouched, "untouched", "python service.py", seed)

    # Where its SystemExit comes up decides what else is lost: in a request, that one alone. And
    # a hundred orders may be full just then.
    expect(
        (seen.missing or seen.missing_at_once) and (seen.lost or not seen.ended),
        done=DONE,
        expected="orders missing, then or before; quotes lost, or the signal",
        seen=f"{seen.missing} orders missing, {seen.missing_at_once} before, {seen.lost} "
        f"quotes lost, {'ended' if seen.ended else 'still running'}",
    )


@pytest.fixture(scope="module", params=list(LAUNCHERS))
def seen(
    attempt: Path,
    seed: int,
    request: pytest.FixtureRequest,
    waits_for_the_disk: Future[Slow],  # from now on
) -> Seen:
    return attack(attempt, f"yours, {request.param}", request.param, seed)


def test_requests_in_flight_are_answered(seen: Seen) -> None:
    """Every request in flight at SIGTERM is answered."""
    expect.equal(seen.answered, QUOTES, "quotes answered", done=DONE, hint=explain(seen))


def test_accepted_is_in_the_file(seen: Seen) -> None:
    """An order that is answered with 200 is in the file by then."""
    expect(
        not seen.refused and not seen.missing_at_once,
        done=f"{seen.before} orders and more, and two looks at the file while the service runs",
        expected="all accepted, all in the file",
        seen=f"{seen.refused} not accepted; of the others {seen.missing_at_once} missing",
        hint=explain(seen),
    )


def test_accepted_orders_are_in_the_file_once(seen: Seen) -> None:
    """Each accepted order is in the file, once, on a line of its own."""
    expect(
        not seen.missing and not seen.doubled and not seen.strange and seen.twins == 2,
        done=f"{DONE}; two of the customers order the same",
        expected=f"{len(seen.accepted)} accepted orders, a line each, and two of the same",
        seen=f"{seen.missing} missing, {seen.doubled} more than once, "
        f"{seen.strange} lines that are no order, {seen.twins} of the same",
        hint=explain(seen),
    )


def test_ends_by_itself(seen: Seen) -> None:
    """The process ends by itself."""
    expect(
        seen.ended,
        done=DONE,
        expected=f"it ends within {SECONDS_TO_END} s of the last answer",
        seen="it ended" if seen.ended else "it still ran, and was killed",
        hint=explain(seen),
    )


# A file that cannot be written

OBSTACLES = ("the file's folder was gone", "its disk was full")


class Unwritable(NamedTuple):
    """
    What orders were answered while the file could not be written, and what it had later.
    """

    meanwhile: dict[str, dict[str, int | None]]  # by obstacle: the status, by order
    after: dict[str, int | None]  # others, once it could be written
    found: Counter[str]  # by then
    again: dict[str, int | None]  # what had been refused, sent once more
    found_again: Counter[str]  # in the end

    @property
    def statuses(self) -> dict[str, int | None]:
        return {
            order: status for all_ in self.meanwhile.values() for order, status in all_.items()
        }

    @property
    def claimed(self) -> int:
        return sum(
            status == 200 and order not in self.found for order, status in self.statuses.items()
        )

    @property
    def odd(self) -> str:
        """
        What is neither 200 nor 503: "500", or "nothing".
        """
        statuses = [each for each in self.statuses.values() if each not in (200, 503)]
        return str(statuses[0] or "nothing") if statuses else ""

    @property
    def obstacle(self) -> str:
        """
        In front of which that was seen.
        """
        return next(
            obstacle
            for obstacle, statuses in self.meanwhile.items()
            if set(statuses.values()) - {200, 503}
        )

    @property
    def late(self) -> int:
        return sum(
            status != 200 and order in self.found for order, status in self.statuses.items()
        )

    @property
    def accepted_after(self) -> int:
        return sum(
            status == 200 and self.found[order] == 1 for order, status in self.after.items()
        )

    @property
    def accepted_again(self) -> int:
        return sum(
            status == 200 and self.found_again[order] == 1
            for order, status in self.again.items()
        )

    @property
    def sent_after(self) -> int:
        return len(self.after)

    @property
    def sent_again(self) -> int:
        return len(self.again)


@explanation
def explain_unwritable(seen: Unwritable) -> Iterator[str]:
    if seen.claimed:
        yield "says-it-all-the-same"
    if seen.odd:
        yield "error-of-its-own"
    if seen.late:
        yield "written-later"
    if seen.accepted_after < seen.sent_after:
        yield "stays-down"
    if seen.accepted_again < seen.sent_again:
        yield "knows-it-already"


@contextmanager
def gone(folder: Path) -> Iterator[None]:
    """
    Take the folder away, and put a file in its place: nobody makes it anew.
    """
    away = folder.with_name("away")
    folder.rename(away)
    folder.touch()
    yield
    folder.unlink()
    away.rename(folder)


@contextmanager
def full(service: Process, file: Path) -> Iterator[None]:
    """
    Let the file grow no more; where nobody may say so of a process, put a folder in its place.
    """
    if hasattr(psutil, "RLIMIT_FSIZE"):
        process, no_more = psutil.Process(service.pid), file.stat().st_size
        before = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (no_more, before[1]))
        yield
        process.rlimit(psutil.RLIMIT_FSIZE, before)
    else:
        away = file.with_name("away")
        file.rename(away)
        file.mkdir()
        yield
        file.rmdir()
        away.rename(file)


@pytest.fixture(scope="module")
def unwritable(attempt: Path, seed: int) -> Unwritable:
    """
    Send orders in front of each obstacle, others behind it, and then those that were refused.
    """
    draw = random.Random(seed)
    folder = scratch("folder that goes") / "mounted"
    folder.mkdir()
    file = folder / "orders.txt"
    name = "yours, without the folder"
    with launch(attempt, name, "python service.py", file) as service:

        def send(words: list[str]) -> dict[str, int | None]:
            return {
                word: ask(service, "/orders", method="POST", body=word).status for word in words
            }

        def send_new() -> dict[str, int | None]:
            return send([draw_name(draw) for _ in range(draw.randint(3, 6))])

        send_new()
        file.touch()  # where nothing was written, there is something to fill all the same
        with gone(folder):
            without_folder = send_new()
        after = send_new()
        with full(service, file):
            without_room = send_new()
        after |= send_new()
        meanwhile = dict(zip(OBSTACLES, (without_folder, without_room), strict=True))
        found = lines(file)
        again = send(
            [
                order
                for statuses in meanwhile.values()
                for order, status in statuses.items()
                if status == 503
            ]
        )
        service.kill()
    record(name, None, service)
    return Unwritable(meanwhile, after, found, again, lines(file))


def test_what_cannot_be_written_is_not_accepted(unwritable: Unwritable) -> None:
    """An order that cannot be written is answered with 503, and not written later."""
    expect(
        not (unwritable.claimed or unwritable.odd or unwritable.late),
        done=f"{len(unwritable.statuses)} orders while {', then while '.join(OBSTACLES)}",
        expected="503, and none of them in the file later",
        seen=f"{[*unwritable.statuses.values()]}, {unwritable.late} in the file later",
        hint=explain_unwritable(unwritable),
    )


def test_accepts_again(unwritable: Unwritable) -> None:
    """Once orders can be written, they are accepted as before, also those that were refused."""
    expect.equal(
        unwritable.accepted_after + unwritable.accepted_again,
        unwritable.sent_after + unwritable.sent_again,
        "orders accepted, and in the file once",
        done=f"after that {unwritable.sent_after} new orders, and the {unwritable.sent_again} "
        "refused ones again",
        hint=explain_unwritable(unwritable),
    )


def test_an_order_that_waits_for_the_disk_is_answered(waits_for_the_disk: Future[Slow]) -> None:
    """An order in flight at SIGTERM is answered, and what it is told is so."""
    slow_disk = waits_for_the_disk.result()
    expect(
        slow_disk in ((200, 1), (503, 0)),
        done=f"an order waits {HELD} s for the disk, then SIGTERM, and {HELD_ON} s later the "
        "disk goes on",
        expected="200, and it is in the file once, or 503, and it is not",
        seen=f"{slow_disk.status or 'no answer'}, and {slow_disk.times} times in the file",
        hint=explain_slow(slow_disk),
    )
