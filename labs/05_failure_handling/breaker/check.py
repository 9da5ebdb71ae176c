"""
The stock answers each call as it is told; what a good breaker lets through: `check_model.py`.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from check_model import (
    CONNECTIONS,
    FAILURES,
    FULL,
    MODEL,
    OPEN_SECONDS,
    RIVALS,
    TIMEOUT,
    WINDOW,
    Seen,
    State,
)

from workbench import Process
from workbench.checks import ask, expect, explanation, record, start_service
from workbench.histories import Conclusion, History, Step, conclude, drive, story
from workbench.wires import Asked, Customer, Wires

LONG_POOL_SECONDS = 0.4  # for one who must be waiting still when a connection becomes free
PATIENT, POOL_SECONDS = 60.0, 0.03  # longer than anybody waits for an event, however slow
IN_VAIN = 8  # seconds; longer nobody waits for an event
# Surely too early for a probe; surely late enough, though no such time after EARLY.
EARLY, LATE = 0.65 * OPEN_SECONDS, OPEN_SECONDS + 0.025
ASKED = 12
NO_CONNECTION = "no connection to the stock is free"  # as the service says it

Steps = Iterator[Step]


class Walk:
    """
    Steps, made from where the history stands; the seed chooses order, names and values.
    """

    def __init__(self, chance: random.Random, history: History) -> None:
        self.chance, self.history = chance, history
        self.bags: dict[tuple[object, ...], list[Any]] = {}
        self.kinds_good = (200, 404, chance.choice((400, 403, 409, 410, 429)), 499)
        self.kinds_bad = (500, 503, chance.randrange(501, 599), 599, "refuses")

    @property
    def state(self) -> State:
        state: State = self.history.state
        return state

    def each(self, *kinds: object) -> Any:
        """
        One of them; all of them before one comes again.
        """
        bag = self.bags.setdefault(kinds, [])
        if not bag:
            bag += self.chance.sample(kinds, len(kinds))
        return bag.pop()

    def good(self) -> Step:
        return "ask", self.each(*self.kinds_good)

    def bad(self) -> Step:
        return "ask", self.each(*self.kinds_bad)

    def several(self) -> int:
        return self.chance.randint(3, CONNECTIONS)

    # Where a scenario begins

    def closed(self) -> Steps:
        """
        Until it is closed and nothing of the last ten has failed.
        """
        for name, _ in self.state.held:
            yield "end", name, "leaves"
        while self.state.mode != "closed":
            if self.state.mode == "open":
                yield "wait", LATE
            yield "ask", 200
        while any(self.state.window):
            yield self.good()

    def opened(self) -> Steps:
        yield from self.closed()
        while self.state.mode == "closed":
            yield self.bad()

    def ready(self) -> Steps:
        """
        Until the next call is the probe.
        """
        yield from self.opened()
        yield "wait", LATE

    # Scenarios

    def five_errors(self) -> Steps:
        yield from self.no_news()

    def five_kinds(self) -> Steps:
        yield from self.closed()
        for how in self.chance.sample(self.kinds_bad, FAILURES):
            yield "ask", how
        yield self.good()

    def five_of_ten(self) -> Steps:
        """
        The first of the five ten calls ago.
        """
        yield from self.closed()
        yield from self.nine(self.good)
        yield self.bad()
        yield self.good()

    def four_of_ten(self) -> Steps:
        """
        Four don't, whatever came before.
        """
        yield from self.closed()
        yield from self.nine(lambda: ("ask", 200))
        yield "ask", 200
        yield self.bad()
        for _ in range(WINDOW + self.chance.randint(1, 5)):
            few = sum(self.state.window[-WINDOW + 1 :]) < FAILURES - 1
            yield self.bad() if few else self.good()

    def nine(self, good: Callable[[], Step]) -> Steps:
        fails = [True] * (FAILURES - 2) + [False] * (WINDOW - FAILURES)
        for failed in [True, *self.chance.sample(fails, len(fails))]:
            yield self.bad() if failed else good()

    def no_news(self, *steps: Step) -> Steps:
        """
        Four failures, and what is no news; it is closed, and one failure more opens it.
        """
        yield from self.closed()
        for _ in range(FAILURES - 1):
            yield "ask", 500
        yield from steps
        yield "ask", 500
        yield self.good()

    def gone(self) -> Steps:
        yield from self.no_news(*[("ask", "leaves")] * self.chance.randint(6, 8))

    def full(self) -> Steps:
        names = "ABCDEF"[:CONNECTIONS]
        turned_away = [("ask", 200)] * self.chance.randint(6, 8)
        yield from self.no_news(
            *[("begin", name) for name in names],
            *turned_away,
            *[("end", name, "leaves") for name in self.chance.sample(names, len(names))],
        )

    def asks_nobody(self) -> Steps:
        yield from self.opened()
        yield self.good()
        yield "crowd", self.several(), 200
        yield "wait", EARLY
        yield self.bad()
        yield self.good()

    def one_tries(self) -> Steps:
        for how in self.chance.sample(["together", "held", "leaves"], 3):
            yield from self.ready()
            if how == "together":
                yield "crowd", self.several(), self.each(*self.kinds_good)
                continue
            yield "begin", "P"
            yield self.good()
            yield "crowd", self.several() - 1, 200
            if how == "held":
                yield "wait", LATE  # it may take longer than that
                yield self.good()
            else:
                yield "end", "P", "leaves"
                yield "begin", "Q"
                yield self.good()
            name, _ = self.state.held[-1] if self.state.held else ("P", 0)
            yield "end", name, self.each(*self.kinds_good)
            yield "crowd", self.several(), 200

    def what_the_probe_says(self) -> Steps:
        """
        A probe that fails keeps it open, for OPEN_SECONDS again; one that succeeds closes it.
        """
        yield from self.ready()
        for how in self.chance.sample(["refuses", self.each(500, 503, 599)], 2):
            yield "ask", how
            yield self.good()
            yield "wait", EARLY
            yield self.good()
            yield "wait", LATE - EARLY
        yield "ask", 404
        yield "crowd", self.several(), 200
        yield from self.ready()
        yield "ask", 200
        yield self.good()

    def anew(self) -> Steps:
        """
        Once it has closed, four failures don't open it, nor does the time that passes.
        """
        yield from self.ready()
        yield "ask", self.each(*self.kinds_good)
        for _ in range(FAILURES - 1):
            yield self.bad()
        yield "wait", LATE
        yield "begin", "A"
        yield self.good()
        yield "end", "A", 200
        yield self.bad()
        yield self.good()

    def old_news(self) -> Steps:
        """
        What was asked before it opened neither closes it, nor keeps it open, nor is a probe.
        """
        names = self.chance.sample("ABCDE", 5)
        yield from self.closed()
        for name in names:
            yield "begin", name
        yield from self.fail()
        yield "end", names[0], self.each(200, 404)
        yield self.good()
        yield "wait", EARLY
        yield "end", names[1], self.each(500, 503, 599)
        yield "wait", LATE - EARLY
        yield "begin", "P"
        for name, how in zip(
            names[2:], self.chance.sample([200, 500, "leaves"], 3), strict=True
        ):
            yield "end", name, how
            yield self.good()
        yield "end", "P", 200
        yield self.good()

    def old_failures(self) -> Steps:
        """
        Four calls from before it opened fail while it is open, and don't count when it closes.
        """
        names = self.chance.sample("ABCD", FAILURES - 1)
        yield from self.closed()
        for name in names:
            yield "begin", name
        yield from self.fail()
        for name in names:
            yield "end", name, self.each(500, 503, 599)
        yield "wait", LATE
        yield "ask", self.each(*self.kinds_good)
        yield self.bad()
        yield self.good()

    def fail(self) -> Steps:
        while self.state.mode == "closed":
            yield self.bad()

    def silence(self) -> Steps:
        """
        Time-outs open it, and a probe that gets no answer has failed.
        """
        yield "crowd", FAILURES - 2, "hangs"
        yield "ask", self.each("refuses", 500)
        yield "ask", "hangs"
        yield self.good()
        yield "wait", LATE
        yield "ask", "hangs"
        yield self.good()
        yield "wait", LATE
        yield self.good()
        yield self.good()

    def anything(self) -> Steps:
        """
        Whatever may come next, a while long.
        """
        yield from self.closed()
        for _ in range(self.chance.randint(60, 90)):
            yield self.next()

    def next(self) -> Step:
        state, chance = self.state, self.chance
        if state.held and chance.random() < (0.5 if len(state.held) > 2 else 0.15):
            name, _ = chance.choice(state.held)
            return "end", name, self.each(200, 404, 500, 599, "leaves")
        if len(state.held) < CONNECTIONS - 3 and chance.random() < 0.2:
            return "begin", next(n for n in "ABCDEF" if n not in dict(state.held))
        if state.mode == "open" and chance.random() < 0.3:
            return "wait", self.each(EARLY, LATE, LATE)
        if chance.random() < 0.1:
            return "crowd", chance.randint(2, 3), self.each(200, 500)
        likely = 0.6 if state.mode == "closed" else 0.3
        return self.bad() if chance.random() < likely else self.good()


SCENARIOS: Sequence[Callable[[Walk], Steps]] = (
    Walk.five_errors,
    Walk.five_kinds,
    Walk.five_of_ten,
    Walk.four_of_ten,
    Walk.gone,
    Walk.full,
    Walk.asks_nobody,
    Walk.one_tries,
    Walk.what_the_probe_says,
    Walk.anew,
    Walk.old_news,
    Walk.old_failures,
)
SHOPS = ([*SCENARIOS, Walk.anything], [Walk.silence])  # each with what one service is asked


def some(number: int, history: History) -> Steps:
    """
    One scenario, and whatever may come then.
    """
    walk = Walk(random.Random(number), history)
    yield from SCENARIOS[number % len(SCENARIOS)](walk)
    yield from walk.anything()


class Shop:
    """
    A service, its customers, and the stock.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        timeout: float,
        chance: random.Random,
        pool: float = POOL_SECONDS,
    ) -> None:
        self.wires, self.chance, self.left = Wires(), chance, 0
        self.held: dict[str, tuple[Customer, Asked]] = {}
        self.stock: dict[str, str] = {}  # what it says of an item
        env = {
            "STOCK": self.wires.url,
            "TIMEOUT": str(timeout),
            "OPEN_SECONDS": str(OPEN_SECONDS),
            "CONNECTIONS": str(CONNECTIONS),
            "POOL_SECONDS": str(pool),
        }
        self.service: Process = start_service(folder, name, env=env)

    def do(self, step: Step) -> Seen | None:
        began = time.monotonic()
        kind, *rest = step
        does: Callable[..., tuple[int, Sequence[Customer]] | None] = getattr(self, kind)
        done = does(*rest)
        if done is None:
            return None
        asked, customers = done
        return Seen(asked, tuple(map(self.told, customers)), began, time.monotonic())

    def wait(self, seconds: float) -> tuple[int, Sequence[Customer]]:
        self.wires.rest(seconds)
        return 0, ()

    def ask(self, how: object) -> tuple[int, Sequence[Customer]]:
        if how == "refuses":
            self.wires.refuse()
        (customer,), asked = self.arrive(1)
        if how == "refuses":
            self.wires.accept()
            return int(customer.status != 503), [customer]
        if how == "leaves" and asked:
            self.leave(customer)
            return 1, ()
        return self.answered([customer], asked, how)

    def crowd(self, number: int, how: object) -> tuple[int, Sequence[Customer]]:
        return self.answered(*self.arrive(number), how)

    def begin(self, name: str) -> tuple[int, Sequence[Customer]] | None:
        if name in self.held:
            return None
        (customer,), asked = self.arrive(1)
        if asked:
            self.held[name] = customer, asked[0]
        return len(asked), () if asked else (customer,)

    def end(self, name: str, how: object) -> tuple[int, Sequence[Customer]] | None:
        if name not in self.held:
            return None
        customer, asked = self.held.pop(name)
        if how == "leaves":
            self.leave(customer)
            return 0, ()
        return 0, self.answered([customer], [asked], how)[1]

    def arrive(self, number: int) -> tuple[list[Customer], list[Asked]]:
        """
        Customers ask: until each of them has reached the stock, or was answered.
        """
        before = len(self.wires.asked)
        customers = []
        for _ in range(number):
            path = f"/items/{self.chance.randrange(10**6)}"
            customers.append(self.wires.customer(self.service, path))
        self.wires.until(
            lambda: len(self.wires.asked) - before + sum(c.ended for c in customers) >= number,
            IN_VAIN,
        )
        return customers, self.wires.asked[before:]

    def answered(
        self, customers: Sequence[Customer], asked: Sequence[Asked], how: object
    ) -> tuple[int, Sequence[Customer]]:
        if isinstance(how, int):
            for call in asked:
                text = self.stock[call.path] = f"{self.chance.randrange(1000)} in stock"
                call.answer(how, text)
        # Who has waited in vain for being asked or answered need not do so twice.
        seconds = IN_VAIN if asked else 0
        self.wires.until(lambda: all(customer.ended for customer in customers), seconds)
        return len(asked), customers

    def leave(self, customer: Customer) -> None:
        customer.leave()
        self.left += 1
        self.service.wait_log("a customer has gone", times=self.left)

    def told(self, customer: Customer) -> int | str | None:
        status, known = customer.status, self.stock.get(customer.path)
        if status == 503 and customer.body == NO_CONNECTION:
            return FULL
        if status and status < 500 and customer.body != known:
            return f"{status}, but not what the stock has said"
        return status

    def fill_and_open(self) -> bool:
        """
        Open the breaker while all connections are in use; whether that has come about.

        The fifth failure sets a connection free, and one who has come before gets it.
        """
        for _ in range(FAILURES - 1):
            self.ask(500)
        first, *others = list("ABCDEF"[:CONNECTIONS])
        for name in (first, *others):
            self.begin(name)
        before = len(self.wires.asked)
        last = self.wires.customer(self.service, f"/items/{self.chance.randrange(10**6)}")
        ask(self.service, "/healthz")  # came later: when it is answered, the other one waits
        self.end(first, 500)
        self.wires.until(lambda: len(self.wires.asked) > before or last.ended, IN_VAIN)
        if len(self.wires.asked) > before:
            self.held["last"] = last, self.wires.asked[before]
        return len(self.held) == CONNECTIONS

    def after_a_probe_without_connection(self) -> Seen | None:
        """
        What becomes of the next call, if there was such a probe.
        """
        if not self.fill_and_open():
            return None
        self.wait(LATE)
        probe = self.do(("ask", 200))
        for name in [*self.held]:
            self.end(name, 200)
        found = probe is not None and probe.statuses == (FULL,)
        return self.do(("ask", 200)) if found else None

    def close(self) -> None:
        record("yours", None, self.service)
        self.service.kill()  # it would wait for those who still wait for it
        self.wires.__exit__()


class Stage:
    """
    A shop and how far its history has come; anew, when it has differed.
    """

    def __init__(self, folder: Path, seed: int, timeout: float) -> None:
        self.folder, self.timeout = folder, timeout
        self.chance = random.Random(seed)
        self.shop: Shop | None = None
        self.told = False  # whether one conclusion was drawn: it takes some seconds
        self.in_vain: Conclusion | None = None  # that somebody has waited: who would again?

    def play(self, scenario: Callable[[Walk], Steps]) -> Conclusion | None:
        if self.in_vain:
            return self.in_vain
        if self.shop is None:
            self.shop = self.start()
            self.history = History(MODEL)
        steps = scenario(Walk(self.chance, self.history))
        found = drive(self.history, self.shop, steps)
        if found is None:
            return None
        self.close()
        end = Conclusion(found, None)
        if not self.told:
            self.told = True
            end = conclude(found, MODEL, RIVALS, self.once, some)
        _, seen = found.done[-1]
        if seen.ended - seen.began >= IN_VAIN:
            self.in_vain = end
        return end

    def once(self, steps: Sequence[Step]) -> Sequence[tuple[Step, Seen]]:
        shop = self.start()
        try:
            return [(step, seen) for step in steps if (seen := shop.do(step))]
        finally:
            shop.close()

    def start(self) -> Shop:
        return Shop(self.folder, f"yours, {self.timeout:g} s", self.timeout, self.chance)

    def close(self) -> None:
        if self.shop is not None:
            self.shop.close()
            self.shop = None


@pytest.fixture(scope="module")
def stage(attempt: Path, seed: int) -> Iterator[Stage]:
    stage = Stage(attempt, seed, PATIENT)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def hasty(attempt: Path, seed: int) -> Iterator[Stage]:
    stage = Stage(attempt, seed, TIMEOUT)
    yield stage
    stage.close()


@explanation
def explain(seen: Conclusion) -> Iterator[str]:
    if seen.rival:
        yield seen.rival


@explanation
def explain_next(seen: Seen) -> Iterator[str]:
    if not seen.asked:
        yield "probe-lost"


def judge(stage: Stage, *scenarios: Callable[[Walk], Steps]) -> None:
    for scenario in scenarios:
        found = stage.play(scenario)
        if found:
            *before, last = story(MODEL, found.difference)
            expect(
                False,
                done="\n".join(before),
                expected=found.difference.expected,
                seen=last,
                hint=explain(found),
            )
    expect(True, done="", expected="", seen="")


@pytest.fixture(scope="module")
def after_full(attempt: Path, seed: int, stage: Stage) -> Seen | None:
    """
    What became of the call after a probe that found no free connection.
    """
    if stage.in_vain:
        return None
    chance = random.Random(seed)
    shop = Shop(attempt, "yours, full", PATIENT, chance, LONG_POOL_SECONDS)
    try:
        return shop.after_a_probe_without_connection()
    finally:
        shop.close()


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service asks a stock that errs as often as customers ask."""
    shop = Shop(untouched, "untouched", PATIENT, random.Random(seed))
    for _ in range(ASKED):
        shop.ask(500)
    asked = len(shop.wires.asked)
    shop.close()

    done = f"the stock answered with a 500, and {ASKED} customers asked"
    expect.equal(asked, ASKED, "calls at the stock", done=done)


def test_five_of_ten(stage: Stage) -> None:
    """When five of the last ten calls have failed, it opens."""
    judge(stage, Walk.five_errors, Walk.five_kinds, Walk.five_of_ten)


def test_four_of_ten(stage: Stage) -> None:
    """Four of the last ten don't open it, and no answer below 500 does."""
    judge(stage, Walk.four_of_ten)


def test_who_goes_away_is_no_news(stage: Stage) -> None:
    """A customer who goes away is neither a failure nor a success."""
    judge(stage, Walk.gone)


def test_no_free_connection_is_no_news(stage: Stage) -> None:
    """A call that finds no free connection is neither a failure nor a success."""
    judge(stage, Walk.full)


def test_asks_nobody(stage: Stage) -> None:
    """While it is open the stock isn't asked."""
    judge(stage, Walk.asks_nobody)


def test_one_call_tries(stage: Stage) -> None:
    """After OPEN_SECONDS one call tries; if its customer goes away, the next one does."""
    judge(stage, Walk.one_tries)


def test_probe_without_connection(stage: Stage, after_full: Seen | None) -> None:
    """If the probe finds no free connection, the next call is the probe."""
    if after_full is None:  # the others say why
        judge(stage)
        return
    expect(
        after_full.asked == 1 and after_full.statuses == (200,),
        done="all connections were in use when it opened; OPEN_SECONDS later one asked and "
        "found none free; then all ended, and one more asked",
        expected="the stock is asked, and the customer gets a 200",
        seen=f"the stock was asked {after_full.asked} times, {after_full.statuses}",
        hint=explain_next(after_full),
    )


def test_what_the_probe_says(stage: Stage) -> None:
    """A probe that fails opens it for OPEN_SECONDS again; one that succeeds closes it."""
    judge(stage, Walk.what_the_probe_says)


def test_counts_anew(stage: Stage) -> None:
    """Closed again, it counts anew, and stays closed until five have failed."""
    judge(stage, Walk.anew)


def test_old_news(stage: Stage) -> None:
    """An answer to a call from before it opened changes nothing while it isn't closed."""
    judge(stage, Walk.old_news, Walk.old_failures)


def test_silence(hasty: Stage) -> None:
    """A call that isn't answered in time has failed, also as the probe."""
    judge(hasty, Walk.silence)


def test_in_any_order(stage: Stage) -> None:
    """All of this holds in any order."""
    judge(stage, Walk.anything)
