"""
Two processes, one ledger, and a bank that answers each call as it is told; what a good service
makes of that: `check_model.py`.
"""

import json
import random
import sqlite3
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

import pytest
from check_model import ANOTHERS, GRACE, LONG_AGO, MODEL, NOT_SO, RIVALS, Seen, State, Status

from workbench import Process, scratch, start
from workbench.checks import expect, explanation, record
from workbench.histories import Conclusion, History, Step, conclude, difference, drive, story
from workbench.wires import Asked, Customer, Wires

MOST_AT_ONCE = 8
CHARGE, ROW, CHANGE = "a charge", "a row of yours", "a change of yours"  # that are written
OVERFLOWS = "SELECT abs(-9223372036854775808)"  # no IntegrityError, which may be expected
PAUSE = 0.25
IN_VAIN = 8  # seconds; longer nobody waits for an event

Steps = Iterator[Step]


class Walk:
    """
    Steps, made from where the history stands; the seed chooses order, keys and values.
    """

    def __init__(self, chance: random.Random, history: History) -> None:
        self.chance, self.history = chance, history
        self.bank_fails = (503, "refuses", chance.choice((402, 404, 429)), 500)

    @property
    def state(self) -> State:
        state: State = self.history.state
        return state

    def cents(self) -> int:
        """
        An amount that no other order has.
        """
        taken = {cents for _, key in self.state.keys for cents in key.orders}
        while (cents := self.chance.randrange(100, 9900)) in taken:
            pass
        return cents

    def order(self) -> tuple[str, int]:
        return self.key(), self.cents()

    def key(self) -> str:
        letters = string.ascii_letters + string.digits
        return "".join(self.chance.choices(letters, k=self.chance.randint(6, 12)))

    def process(self) -> int:
        return self.both()[0]

    def both(self) -> list[int]:
        """
        The processes, unless one is dead.
        """
        alive = [number for number in (0, 1) if number not in self.state.dead]
        return self.chance.sample(alive, len(alive))

    def under_way(self, key: str) -> bool:
        return any(caller.key == key for caller in self.state.callers)

    def at(self, name: str) -> str:
        """
        Where the bank lets a caller wait.
        """
        return next((each.at for each in self.state.callers if each.name == name), "")

    def charged(self) -> list[tuple[str, int]]:
        return [(name, key.charged) for name, key in self.state.keys if key.told]

    def again(self, key: str, cents: int) -> Steps:
        for process in self.both():
            yield "pay", process, key, cents, 200, 200

    def go(self, *names: str, status: int = 200) -> Steps:
        for name in names:
            if self.at(name):
                cents = next(each.cents for each in self.state.callers if each.name == name)
                yield "go", name, cents, status

    # Scenarios

    def first(self) -> Steps:
        """
        A receipt after the charge; the same order again.
        """
        process, (key, cents) = self.process(), self.order()
        yield "begin", "A", process, key, cents, "receipt"
        yield from self.go("A")
        yield from self.again(key, cents)
        key, cents = self.order()
        yield "pay", process, key, cents, 200, 200
        yield "pay", process, key, cents, 200, 200
        yield "pay", 1 - process, key, cents, 200, 200

    def bank_is_down(self) -> Steps:
        """
        An order that was charged needs no bank.
        """
        key, cents = self.order()
        yield "pay", self.process(), key, cents, 200, 200
        for process in self.both():
            yield "pay", process, key, cents, self.chance.choice(self.bank_fails), 503

    def alive(self) -> Steps:
        for process in self.state.dead:
            yield "start", process

    def dies(self, process: int, write: str) -> Steps:
        """
        With three orders under way: at the bank, at the receipt, in a write.
        """
        yield "begin", "A", process, *self.order(), "approve"
        yield "begin", "B", process, *self.order(), "receipt"
        yield "kill", process, *self.order(), write
        yield from self.ask_again()

    def kills(self) -> Steps:
        """
        Whoever starts leaves alone what is under way in the other process.
        """
        yield from self.alive()
        process, (key, cents) = self.process(), self.order()
        yield "begin", "C", 1 - process, key, cents, "approve"
        yield from self.dies(process, CHARGE)
        yield "start", process
        yield "begin", "D", process, key, cents, "approve"
        yield from self.go(*self.chance.sample("CD", 2))
        yield from self.go("D")
        yield from self.again(key, cents)

    def slow_bank(self) -> Steps:
        """
        One waits at the bank, and from now on longer than any lease; the other process dies.
        """
        yield from self.alive()
        process, (key, cents) = self.process(), self.order()
        yield "begin", "Slow", process, key, cents, "approve"
        yield "begin", "Next", process, key, cents, "approve"
        yield from self.dies(1 - process, ROW)

    def ask_again(self) -> Steps:
        """
        For what was under way when a process died, or a write failed.
        """
        for name, key in self.state.keys:
            if key.hurt > LONG_AGO and not key.told and not self.under_way(name):
                yield "pay", self.process(), name, key.orders[0], 200, 200

    def in_time(self) -> Steps:
        """
        Until all of it is charged, by the process that is left.
        """
        if all(key.hurt == LONG_AGO for _, key in self.state.keys):
            yield from self.slow_bank()
            yield from self.writes_fail()
        while steps := list(self.ask_again()):
            yield from steps
            if any(True for _ in self.ask_again()):
                yield "wait", PAUSE
        yield from self.alive()

    def writes_fail(self) -> Steps:
        for write in self.chance.sample((CHARGE, ROW, CHANGE), 3):
            key, cents = self.order()
            yield "fail", self.process(), key, cents, write
            yield "pay", self.process(), *self.order(), 200, 200
            yield "pay", self.process(), key, cents, 200, 200

    def another_order(self) -> Steps:
        """
        A key belongs to one order.
        """
        process, (key, cents) = self.process(), self.order()
        yield "pay", process, key, cents, 200, 200
        for other in self.both():
            yield "pay", other, key, self.cents(), 200, 200
        yield from self.again(key, cents)

    def twins(self) -> Steps:
        """
        Keys that are easily taken for each other.
        """
        long, number = self.key() * 6, str(self.chance.randrange(10**6, 10**7))
        key = "Case" + self.key()
        pairs = [(long + "1", long + "2"), (number, "0" + number), (key, key.swapcase())]
        for one, other in self.chance.sample(pairs, len(pairs)):
            yield "pay", self.process(), one, self.cents(), 200, 200
            cents = self.cents()
            yield "pay", self.process(), other, cents, 200, 200
            yield from self.again(other, cents)

    def bank_fails_first(self) -> Steps:
        """
        What was not charged can be charged later, in either process.
        """
        for how in self.chance.sample(self.bank_fails, len(self.bank_fails)):
            process, (key, cents) = self.process(), self.order()
            yield "pay", process, key, cents, how, 200
            yield "pay", self.process(), key, cents, 200, 200
            yield from self.again(key, cents)

    def receipt_fails(self) -> Steps:
        """
        The charge stays.
        """
        key, cents = self.order()
        yield "pay", self.process(), key, cents, 200, self.chance.choice((500, 503))
        yield "pay", self.process(), key, cents, 200, self.chance.choice((500, 503))
        yield from self.again(key, cents)
        yield "pay", self.process(), key, self.cents(), 200, 200

    def at_once(self) -> Steps:
        yield from self.alive()
        for locked in (False, True, False):
            key, cents = self.order()
            yield "crowd", self.several(), key, cents, locked
            yield from self.again(key, cents)
        yield "crowd", self.several(), key, cents, False

    def several(self) -> int:
        return self.chance.randint(4, MOST_AT_ONCE)

    def race(self) -> Steps:
        """
        Two are under way with one key: the same order or another, the first fails or not.
        """
        yield from self.alive()
        ways = [("same", 200), ("same", 503), ("other", 200)]
        for which, status in self.chance.sample(ways, len(ways)):
            process, (key, cents) = self.process(), self.order()
            yield "begin", "A", process, key, cents, "approve"
            second = cents if which == "same" else self.cents()
            yield "begin", "B", 1 - process, key, second, "approve"
            first, last = self.chance.sample("AB", 2)
            yield from self.go(first, status=status)
            yield from self.go(last)
            yield from self.go(first, last)
            charged = self.state.key(key).charged or cents
            yield from self.again(key, charged)

    def race_at_the_receipt(self) -> Steps:
        yield from self.alive()
        process, (key, cents) = self.process(), self.order()
        yield "begin", "A", process, key, cents, "receipt"
        for name, other in zip("BC", self.both(), strict=True):
            yield "begin", name, other, key, cents, "approve"
        yield from self.go(*self.chance.sample("ABC", 3))
        yield from self.again(key, cents)

    def others(self) -> Steps:
        """
        While the bank lets one order wait, others are charged.
        """
        for where in self.chance.sample(("approve", "receipt"), 2):
            yield "begin", "A", self.process(), *self.order(), where
            for process in self.both():
                yield "pay", process, *self.order(), 200, 200
            yield from self.go("A")

    def slow_at_last(self) -> Steps:
        """
        Whoever was let in meanwhile is charged, and the first one is not.
        """
        if not self.at("Slow"):
            yield from self.slow_bank()
        yield from self.alive()
        slow = next((each for each in self.state.callers if each.name == "Slow"), None)
        if slow is None:
            return
        late = False
        while self.state.key(slow.key).refused and not self.at("Next") and not late:
            yield "wait", PAUSE
            late = self.waited() > GRACE
            yield "begin", "Next", self.process(), slow.key, slow.cents, "approve"
        yield from self.go("Next", "Slow")
        yield from self.again(slow.key, slow.cents)

    def waited(self) -> float:
        """
        Since the slow one has come to the bank.
        """
        began = next(s.began for step, s in reversed(self.history.done) if step[1] == "Slow")
        return float(self.history.done[-1][1].ended - began)

    def still_known(self) -> Steps:
        """
        All that was ever charged.
        """
        for key, cents in self.chance.sample(self.charged(), len(self.charged())):
            yield "pay", self.process(), key, cents, 200, 200

    def anything(self) -> Steps:
        """
        Whatever may come next, a while long.
        """
        yield from self.alive()
        for _ in range(self.chance.randint(30, 40)):
            yield self.next()
        yield from self.go("A", "B")

    def next(self) -> Step:
        chance, process = self.chance, self.process()
        names = [each.name for each in self.state.callers if each.name in "AB" and each.at]
        if names and chance.random() < 0.4:
            status = chance.choice((200, 200, 503))
            return next(self.go(chance.choice(names), status=status))
        free = [name for name in "AB" if name not in {c.name for c in self.state.callers}]
        known = [order for order in self.charged() if not self.under_way(order[0])]
        key, cents = chance.choice(known) if known else self.order()
        if free and chance.random() < 0.25:
            held = [c for c in self.state.callers if c.name in "AB"]
            key, cents = (held[0].key, held[0].cents) if held else self.order()
            return "begin", free[0], process, key, cents, "approve"
        way = chance.randrange(6)
        if way == 0:
            return "crowd", chance.randint(2, 4), *self.order(), False
        if way == 1:
            return "pay", process, key, self.cents(), 200, 200
        if way < 4:
            return "pay", process, key, cents, chance.choice((200, *self.bank_fails)), 200
        return "pay", process, *self.order(), 200, 200


SCENARIOS: Sequence[Callable[[Walk], Steps]] = (
    Walk.first,
    Walk.bank_is_down,
    Walk.kills,
    Walk.slow_bank,
    Walk.writes_fail,
    Walk.others,
    Walk.another_order,
    Walk.twins,
    Walk.bank_fails_first,
    Walk.receipt_fails,
    Walk.in_time,
    Walk.at_once,
    Walk.race,
    Walk.race_at_the_receipt,
    Walk.anything,
    Walk.slow_at_last,
    Walk.still_known,
)
SHOPS = (SCENARIOS,)  # each with what one service is asked


def some(number: int, history: History) -> Steps:
    """
    One scenario, and whatever may come then.
    """
    walk = Walk(random.Random(number), history)
    yield from SCENARIOS[number % len(SCENARIOS)](walk)
    yield from walk.anything()


class Shop:
    """
    The processes of one service, their ledger, their callers, and the bank.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.wires = Wires()
        self.path = scratch(f"ledger of {name}") / "ledger.db"
        self.processes = [self.start_process(number) for number in (0, 1)]
        self.ledger = sqlite3.connect(self.path, isolation_level=None, timeout=3)
        self.held: dict[str, tuple[Customer, Asked | None, int, str, int]] = {}
        self.rows: set[tuple[int, int]] = set()
        self.told = 0  # how many calls at the bank were answered, or are let wait
        self.says: dict[str, int] = {}
        self.stops, self.stopped = "", list[Asked]()  # what is let wait; who is

    def start_process(self, number: int) -> Process:
        return start(
            "python service.py {port}",
            ready="/healthz",
            name=f"{self.name}, process {number}",
            cwd=self.folder,
            env={"BANK": f"{self.wires.url}/{number}", "LEDGER": str(self.path)},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
        self.ledger.close()
        self.wires.__exit__()

    def do(self, step: Step) -> Seen | None:
        began, came = monotonic(), len(self.wires.asked)
        self.says, self.stops, self.stopped = {"approve": 200, "receipt": 200}, "", []
        kind, *rest = step
        does: Callable[..., Sequence[tuple[str, Status]] | None] = getattr(self, kind)
        locked = False
        try:
            answers = does(*rest)
            if answers is None:
                return None
            charged = self.charged()
            if charged and not self.stopped and kind not in ("fail", "kill"):
                self.until(lambda: "receipt" in self.asked(came), 2)
        except sqlite3.OperationalError:
            answers, charged, locked = [], (), True
        waits = self.stops if kind == "begin" and self.stopped else ""
        return Seen(
            tuple(answers), charged, self.asked(came), waits, locked, began, monotonic()
        )

    def asked(self, since: int) -> tuple[str, ...]:
        return tuple(call.path.rpartition("/")[2] for call in self.wires.asked[since:])

    def charged(self) -> tuple[int, ...]:
        """
        What is new in the ledger.
        """
        rows = set(self.ledger.execute("SELECT id, cents FROM charges"))
        new, self.rows = rows - self.rows, rows
        return tuple(sorted(cents for _, cents in new))

    # Steps

    def wait(self, seconds: float) -> list[tuple[str, Status]]:
        self.wires.rest(seconds)
        return []

    def pay(
        self, process: int, key: str, cents: int, approve: object, receipt: int
    ) -> list[tuple[str, Status]] | None:
        if self.others(key):
            return None
        if approve == "refuses":
            self.wires.refuse()
        else:
            self.says = {"approve": approve, "receipt": receipt}  # type: ignore[dict-item]
        customer = self.ask(process, key, cents)
        self.until(lambda: customer.ended, IN_VAIN)
        if approve == "refuses":
            self.wires.accept()
        return [("", self.answer(customer, cents))]

    def begin(
        self, name: str, process: int, key: str, cents: int, where: str
    ) -> list[tuple[str, Status]] | None:
        if name in self.held:
            return None
        others, first = self.others(key), not self.rows
        self.stops = where
        customer = self.ask(process, key, cents)
        while self.until(lambda: customer.ended or self.stopped, 0.15 if others else IN_VAIN):
            paid = where == "approve" or cents in {row[1] for row in self.read()}
            if not self.stopped or paid or first:
                break
            self.stopped.pop().answer(
                200, "yes"
            )  # the receipt of an order before, that is late
        if not self.stopped and customer.ended:
            return [(name, self.answer(customer, cents))]
        call = self.stopped[0] if self.stopped else None
        self.held[name] = customer, call, process, key, cents
        return []

    def go(self, name: str, cents: int, status: int) -> list[tuple[str, Status]] | None:
        if name not in self.held or self.held[name][1] is None:
            return None
        customer, call, _, key, _ = self.held.pop(name)
        assert call
        call.answer(status, "yes")
        self.until(lambda: customer.ended, IN_VAIN)
        answers = [(name, self.answer(customer, cents))]
        # Who waits for another has an answer now, unless a third is still at the bank.
        third = any(call for _, call, _, its, _ in self.held.values() if its == key)
        for other, (waits, call, _, its, amount) in list(self.held.items()):
            if its == key and call is None:
                self.until(lambda waits=waits: waits.ended, 0.15 if third else IN_VAIN)  # type: ignore[misc]
                if waits.ended or not third:
                    del self.held[other]
                    answers.append((other, self.answer(waits, amount)))
        return answers

    def crowd(
        self, number: int, key: str, cents: int, locked: bool
    ) -> list[tuple[str, Status]] | None:
        if self.others(key):
            return None
        self.stops = "approve"
        customers = [self.ask(n % 2, key, cents) for n in range(number)]
        # Who waits for another neither comes to the bank nor is answered.
        self.until(lambda: len(self.stopped) + sum(c.ended for c in customers) >= number, PAUSE)
        if locked:
            self.ledger.execute("BEGIN IMMEDIATE")
        self.stops = ""
        while self.stopped:
            self.stopped.pop().answer(200, "yes")
        if locked:
            self.until(lambda: all(c.ended for c in customers), PAUSE / 2)
            self.ledger.execute("COMMIT")
        self.until(lambda: all(c.ended for c in customers), IN_VAIN)
        return [(f"{n}", self.answer(c, cents)) for n, c in enumerate(customers)]

    def fail(
        self, process: int, key: str, cents: int, write: str
    ) -> list[tuple[str, Status]] | None:
        if self.others(key):
            return None
        self.spoil(write, OVERFLOWS)
        customer = self.ask(process, key, cents)
        self.until(lambda: customer.ended, IN_VAIN)
        self.repair()
        return [("", self.answer(customer, cents))]

    def kill(
        self, process: int, key: str, cents: int, write: str
    ) -> list[tuple[str, Status]] | None:
        if self.others(key):
            return None
        self.spoil(write, "SELECT * FROM without_end")
        customer = self.ask(process, key, cents)
        self.until(lambda: customer.ended or self.is_locked(), IN_VAIN)
        self.processes[process].kill()
        self.repair()
        self.held = {name: each for name, each in self.held.items() if each[2] != process}
        return []

    def start(self, process: int) -> list[tuple[str, Status]] | None:
        if self.processes[process].running:
            return None
        self.processes[process] = self.start_process(process)
        return []

    # With the ledger

    def spoil(self, write: str, what: str) -> None:
        """
        From now on something happens in the middle of a write.
        """
        self.ledger.execute(
            "CREATE VIEW without_end AS WITH RECURSIVE numbers(n) AS"
            " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT max(n) FROM numbers"
        )
        tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for number, (table,) in enumerate(self.ledger.execute(tables).fetchall()):
            is_charge = table == "charges"
            if write == CHANGE or is_charge == (write == CHARGE):
                verb = "UPDATE" if write == CHANGE else "INSERT"
                with suppress(sqlite3.OperationalError):  # one of SQLite's own
                    self.ledger.execute(
                        f'CREATE TRIGGER spoils_{number} BEFORE {verb} ON "{table}"'
                        f" BEGIN {what}; END"
                    )

    def repair(self) -> None:
        triggers = "SELECT name FROM sqlite_master WHERE name LIKE 'spoils_%'"
        for (name,) in self.ledger.execute(triggers).fetchall():
            self.ledger.execute(f"DROP TRIGGER {name}")
        self.ledger.execute("DROP VIEW without_end")

    def is_locked(self) -> bool:
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=0)) as another:
            try:
                another.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            another.execute("ROLLBACK")
            return False

    def read(self) -> list[tuple[int, int]]:
        return self.ledger.execute("SELECT id, cents FROM charges").fetchall()

    # With callers and the bank

    def others(self, key: str) -> bool:
        return any(its == key for _, _, _, its, _ in self.held.values())

    def ask(self, process: int, key: str, cents: int) -> Customer:
        return self.wires.customer(
            self.processes[process],
            "/charges",
            headers={"Idempotency-Key": key, "Content-Type": "application/json"},
            body=json.dumps({"cents": cents}),
        )

    def until(self, done: Callable[[], object], timeout: float) -> bool:
        """
        Let the bank answer as it was told, until something is so.
        """

        def look() -> object:
            while self.told < len(self.wires.asked):
                call = self.wires.asked[self.told]
                self.told += 1
                what = call.path.rpartition("/")[2]
                if what == self.stops:
                    self.stopped.append(call)
                else:
                    call.answer(self.says.get(what, 200), "yes")
            return done()

        return self.wires.until(look, timeout)

    def answer(self, customer: Customer, cents: int) -> Status:
        """
        The status; of a 200 also whether it says what stands in the ledger.
        """
        if customer.status != 200:
            return customer.status
        said: Any = None
        with suppress(ValueError):
            said = json.loads(customer.body)
        rows = [({"charge": number, "cents": amount}, amount) for number, amount in self.read()]
        if (said, cents) in rows:
            return 200
        return ANOTHERS if said in [row for row, _ in rows] else NOT_SO


class Stage:
    """
    A shop and how far its history has come; anew, when it has differed.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.shop: Shop | None = None
        self.explained = False  # whether one conclusion was drawn: it takes some seconds
        self.in_vain: Conclusion | None = None  # that somebody has waited: who would again?

    def play(self, scenario: Callable[[Walk], Steps]) -> Conclusion | None:
        if self.in_vain:
            return self.in_vain
        if self.shop is None:
            self.shop = Shop(self.folder, "yours")
            self.history = History(MODEL)
        found = drive(self.history, self.shop, scenario(Walk(self.chance, self.history)))
        if found is None:
            return None
        self.close()
        end = Conclusion(found, None)
        if not self.explained:
            self.explained = True
            end = conclude(found, MODEL, RIVALS, self.once, some)
        end = about_one_key(end)
        _, seen = found.done[-1]
        if seen.ended - seen.began >= IN_VAIN:
            self.in_vain = end
        return end

    def once(self, steps: Sequence[Step]) -> Sequence[tuple[Step, Seen]]:
        with Shop(self.folder, "yours, once more") as shop:
            return [(step, seen) for step in steps if (seen := shop.do(step))]

    def close(self) -> None:
        if self.shop is not None:
            record("yours", None, self.shop.processes[0])
            self.shop.__exit__()
            self.shop = None


def about_one_key(end: Conclusion) -> Conclusion:
    """
    Without what was done with other keys, if it needs none of that to be told.
    """
    keys: dict[str, str] = {}  # of callers who are under way, by name
    about = []
    for (kind, *rest), _ in end.difference.done:
        if kind == "begin":
            keys[rest[0]] = rest[2]
        key = keys.get(rest[0], "") if kind in ("go", "begin") else rest[1 % len(rest)]
        about.append("" if kind in ("kill", "start") else key)
    done = [
        each
        for each, key in zip(end.difference.done, about, strict=True)
        if key in ("", about[-1])
    ]
    short = difference(MODEL, done)
    if short is None or (end.rival and difference(RIVALS[end.rival], done)):
        return end
    return Conclusion(short, end.rival)


@pytest.fixture(scope="module")
def stage(attempt: Path, seed: int) -> Iterator[Stage]:
    stage = Stage(attempt, seed)
    yield stage
    stage.close()


@explanation
def explain(seen: Conclusion) -> Iterator[str]:
    if seen.rival:
        yield seen.rival


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


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service charges as often as it is asked."""
    key, cents = Walk(random.Random(seed), History(MODEL)).order()
    with Shop(untouched, "untouched") as shop:
        for process in (0, 0, 1):
            shop.pay(process, key, cents, 200, 200)
        charges = len(shop.charged())

    done = "the same order with the same key, three times"
    expect.equal(charges, 3, "charges", done=done)


def test_again_is_the_same(stage: Stage) -> None:
    """The same order again gets the same answer, and is not charged again."""
    judge(stage, Walk.first, Walk.bank_is_down)


def test_a_kill(stage: Stage) -> None:
    """After SIGKILL, at the bank, the receipt or in a write, the same order is charged once."""
    judge(stage, Walk.kills, Walk.slow_bank)


def test_a_write_fails(stage: Stage) -> None:
    """A write to the ledger that fails leaves nothing half done."""
    judge(stage, Walk.writes_fail)


def test_others_are_charged(stage: Stage) -> None:
    """While the bank lets one order wait, others are charged."""
    judge(stage, Walk.others)


def test_key_and_order_belong_together(stage: Stage) -> None:
    """The same key with other cents is refused; another key is another charge."""
    judge(stage, Walk.another_order, Walk.twins)


def test_a_failure_is_not_kept(stage: Stage) -> None:
    """When the bank has failed, the same key can be charged later."""
    judge(stage, Walk.bank_fails_first, Walk.receipt_fails)


def test_in_time(stage: Stage) -> None:
    """Six seconds after a kill, or after a write that failed, no key is under way."""
    judge(stage, Walk.in_time)


def test_at_once(stage: Stage) -> None:
    """Of several at the same moment, one is charged."""
    judge(stage, Walk.at_once, Walk.race, Walk.race_at_the_receipt)


def test_in_any_order(stage: Stage) -> None:
    """All of this holds in any order."""
    judge(stage, Walk.anything)


def test_a_slow_bank(stage: Stage) -> None:
    """However long the bank takes, an order is charged once."""
    judge(stage, Walk.slow_at_last)


def test_still_known(stage: Stage) -> None:
    """Whatever was charged before is known at the end."""
    judge(stage, Walk.still_known)
