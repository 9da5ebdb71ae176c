"""
Orders come all the time; SIGTERM comes while six quotes are in flight.

Once the file's folder is gone for a while, and SIGKILL comes right after the last answer.
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, Traffic, scratch, start, traffic
from workbench.checks import ask, ends, expect, explanation, record

BEFORE, QUOTES = 20, 6
GONE, AFTER = 3, 3
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


# SIGTERM


class Seen(NamedTuple):
    """
    What became of a service that got SIGTERM under load.
    """

    refused: int  # of the first orders
    failed: int  # requests answered with an error since SIGTERM
    missing_at_once: int  # accepted orders, when the file was read while the service ran
    accepted: set[str]
    sent: set[str]
    found: Counter[str]
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
    word, rate = draw_name(draw), draw.randint(40, 80)
    file = scratch(name) / "orders.txt"

    def accepted(load: Traffic) -> set[str]:
        return {f"{word} {each.number}" for each in load.samples if each.outcome == "ok"}

    with launch(folder, name, launcher, file) as service:
        target = f"{service.url}/orders"
        with traffic(target, rate=rate, method="POST", body=f"{word} {{number}}") as orders:
            orders.wait(BEFORE)
            refused = sum(each.outcome != "ok" for each in orders.samples)
            answered = accepted(orders)  # before the file is read
            missing_at_once = len(answered - lines(file).keys())
            with traffic(f"{service.url}/quote", rate=30, requests=QUOTES) as quotes:
                service.wait_log("quote begun", times=QUOTES)
                service.send("SIGTERM")
                quotes.mark("SIGTERM")
            ended = ends(service, within=SECONDS_TO_END)
    record(name, quotes, service)
    return Seen(
        refused=refused,
        failed=orders.count("error") + quotes.count("error") - refused,
        missing_at_once=missing_at_once,
        accepted=accepted(orders),
        sent={f"{word} {each.number}" for each in orders.samples},
        found=lines(file),
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


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service loses orders under this load, and does not drain."""
    seen = attack(untouched, "untouched", "python service.py", seed)

    # Where its SystemExit comes up decides what else is lost: in a request, that one alone.
    expect(
        seen.missing and (seen.lost or not seen.ended),
        done=DONE,
        expected="orders missing; quotes lost, or the signal",
        seen=f"{seen.missing} orders missing, {seen.lost} quotes lost, "
        + ("ended" if seen.ended else "still running"),
    )


@pytest.fixture(scope="module", params=list(LAUNCHERS))
def seen(attempt: Path, seed: int, request: pytest.FixtureRequest) -> Seen:
    return attack(attempt, f"yours, {request.param}", request.param, seed)


def test_requests_in_flight_are_answered(seen: Seen) -> None:
    """Every request in flight at SIGTERM is answered."""
    expect.equal(seen.answered, QUOTES, "quotes answered", done=DONE, hint=explain(seen))


def test_accepted_is_in_the_file(seen: Seen) -> None:
    """An order that is answered with 200 is in the file by then."""
    expect(
        not seen.refused and not seen.missing_at_once,
        done=f"{BEFORE} orders, then a look at the file while the service runs",
        expected="all accepted, all in the file",
        seen=f"{seen.refused} not accepted; of the others {seen.missing_at_once} missing",
        hint=explain(seen),
    )


def test_accepted_orders_are_in_the_file_once(seen: Seen) -> None:
    """Each accepted order is in the file, once, on a line of its own."""
    expect(
        not seen.missing and not seen.doubled and not seen.strange,
        done=DONE,
        expected=f"{len(seen.accepted)} accepted orders, a line each",
        seen=f"{seen.missing} missing, {seen.doubled} more than once, "
        f"{seen.strange} lines that are no order",
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


# A folder that is gone


class Unwritable(NamedTuple):
    """
    What orders were answered while the file's folder was gone, and what the file had later.
    """

    meanwhile: dict[str, int | None]  # the status, by order
    again: dict[str, int | None]  # once the folder was back
    found: Counter[str]

    @property
    def claimed(self) -> int:
        return sum(
            status == 200 and order not in self.found
            for order, status in self.meanwhile.items()
        )

    @property
    def odd(self) -> str:
        """
        What is neither 200 nor 503: "500", or "nothing".
        """
        statuses = [each for each in self.meanwhile.values() if each not in (200, 503)]
        return str(statuses[0] or "nothing") if statuses else ""

    @property
    def late(self) -> int:
        return sum(
            status != 200 and order in self.found for order, status in self.meanwhile.items()
        )

    @property
    def accepted_again(self) -> int:
        return sum(
            status == 200 and order in self.found for order, status in self.again.items()
        )


@explanation
def explain_unwritable(seen: Unwritable) -> Iterator[str]:
    if seen.claimed:
        yield "says-it-all-the-same"
    if seen.odd:
        yield "error-of-its-own"
    if seen.late:
        yield "written-later"
    if seen.accepted_again < AFTER:
        yield "stays-down"


@pytest.fixture(scope="module")
def unwritable(attempt: Path, seed: int) -> Unwritable:
    """
    Take the folder away, and put a file in its place: nobody makes it anew.
    """
    draw = random.Random(seed)
    folder = scratch("folder that goes") / "mounted"
    folder.mkdir()
    away = folder.with_name("away")
    name = "yours, without the folder"
    with launch(attempt, name, "python service.py", folder / "orders.txt") as service:

        def order(times: int) -> dict[str, int | None]:
            words = [draw_name(draw) for _ in range(times)]
            return {
                word: ask(service, "/orders", method="POST", body=word).status for word in words
            }

        order(1)
        folder.rename(away)
        folder.touch()
        meanwhile = order(GONE)
        folder.unlink()
        away.rename(folder)
        again = order(AFTER)
        service.kill()
    record(name, None, service)
    return Unwritable(meanwhile, again, lines(folder / "orders.txt"))


def test_what_cannot_be_written_is_not_accepted(unwritable: Unwritable) -> None:
    """An order that cannot be written is answered with 503, and not written later."""
    expect(
        not (unwritable.claimed or unwritable.odd or unwritable.late),
        done=f"{GONE} orders while the file's folder was gone",
        expected="503, and none of them in the file later",
        seen=f"{[*unwritable.meanwhile.values()]}, {unwritable.late} in the file later",
        hint=explain_unwritable(unwritable),
    )


def test_accepts_again(unwritable: Unwritable) -> None:
    """Once orders can be written, they are accepted as before."""
    expect.equal(
        unwritable.accepted_again,
        AFTER,
        "orders accepted, and in the file",
        done=f"the folder is back, {AFTER} orders",
        hint=explain_unwritable(unwritable),
    )
