"""
The check is the engine and the customers: it decides which call is answered, and who leaves.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from workbench import Process, wait_until
from workbench.checks import expect, explanation, patience, record, start_service
from workbench.wires import Asked, Customer, Wires

AT_THE_ENGINE, LINE, ATTEMPTS, SAVED = 4, 8, 3, 50  # as in the service
RETRIES = SAVED // 10
TOO_MANY = 3  # customers beyond a full line
CUSTOMERS = AT_THE_ENGINE + LINE + TOO_MANY
RUSH, DOWN, QUIET, AGAIN = 30, 40, 60, 4
REFUSED = 30  # customers who find the line full when nothing is saved
# Less than one retry is left; what the customers of then may bring in, and no more.
RETRIES_THEN = (9 + AT_THE_ENGINE + LINE + AGAIN) // 10
LEAST_DOWN, MOST_DOWN = DOWN + RETRIES + 2, DOWN + RETRIES + DOWN // 10
TIMEOUT, LONG = 1.0, 60.0  # seconds
IN_VAIN, SOON, TRIES = 2.0, 0.3, 4  # seconds for an event; once it didn't come; how often so
MOST_ATTEMPTS = 20  # for one customer; who asks for ever is not waited for
ORDERED, RUSHED, RETRIED_ALL = 1, 2, 3  # how far a run has come
COME, GONE = "a customer has come", "a customer has gone"
LEAVES, ERRS, RETRIED = "a customer had left it", "an error", "a retry"
SILENT = "calls without an answer in time"


class Shop:
    """
    The service, its customers, and the engine that it asks.
    """

    def __init__(self, wires: Wires, service: Process, chance: random.Random) -> None:
        self.wires, self.service, self.chance = wires, service, chance
        self.customers: dict[str, Customer] = {}  # by path
        self.answered: set[Asked] = set()
        self.most = 0  # calls at the engine at the same time
        self.in_vain = 0
        self.answered_by = self.passed_on = ""  # what a customer didn't get, and what they got
        self.numbers = iter(chance.sample(range(1000, 10_000), 1000))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """
        Whoever is still there leaves: a server that is told to stop waits for them.
        """
        for customer in self.customers.values():
            customer.leave()

    @property
    def there(self) -> list[Asked]:
        """
        The calls that are at the engine now, for customers who wait.
        """
        calls = [call for call in self.wires.asked if call not in self.answered]
        here = {path for path, customer in self.customers.items() if not customer.ended}
        return [call for call in calls if call.path in here]

    @property
    def waiting(self) -> int:
        """
        How many wait in line.
        """
        here = sum(not customer.ended for customer in self.customers.values())
        return here - len({call.path for call in self.there})

    def until(self, done: Callable[[], object]) -> bool:
        """
        Wait for an event; for a shop that lets wait in vain, not as long again.
        """
        if self.in_vain >= TRIES or not self.service.running:
            return bool(done())
        met = self.wires.until(done, SOON if self.in_vain else IN_VAIN)
        self.in_vain += not met
        self.most = max(self.most, len(self.there))
        return met

    def heard(self, words: str) -> int:
        return sum(words in line.text for line in self.service.log)

    def hear(self, words: str, times: int) -> None:
        """
        Wait until it has said so that often.
        """
        if self.in_vain < TRIES and self.service.running:
            seconds = SOON if self.in_vain else IN_VAIN
            self.in_vain += not wait_until(
                lambda: self.heard(words) >= times, seconds, every=0.002
            )

    def come(self, kind: str, number: int = 1) -> list[Customer]:
        """
        One after the other, each when the shop knows of the one before.
        """
        came = []
        for _ in range(number):
            known = self.heard(COME)
            # Customers look for whatever they like, and call an order what they like.
            word = next(other for other in ("checkout", "search") if other != kind)
            word = word if len(self.customers) % 2 else ""
            path = f"/{kind}/{word}{next(self.numbers)}"
            self.customers[path] = self.wires.customer(self.service, path)
            self.hear(COME, known + 1)
            came.append(self.customers[path])
        return came

    def leave(self, *customers: Customer) -> None:
        known = self.heard(GONE)
        for customer in customers:
            customer.leave()
        self.hear(GONE, known + len(customers))

    def asks(self, after: int) -> str:
        """
        The path of the call that comes next, when so many have come; "" if none does.
        """
        self.until(lambda: len(self.wires.asked) > after)
        return self.wires.asked[after].path if len(self.wires.asked) > after else ""

    def answer(self, call: Asked, status: int = 200) -> None:
        self.answered.add(call)
        call.answer(status, "the engine's answer")

    def after_answer(self) -> str:
        """
        Answer one of the calls; the path of the one that comes for it.
        """
        after = len(self.wires.asked)
        if self.there:
            self.answer(self.chance.choice(self.there))
        return self.asks(after)

    def serve_all(self) -> None:
        """
        Answer until nobody waits.
        """
        while self.until(lambda: self.there or not self.waiting) and self.there:
            for call in self.there:
                self.answer(call)
            self.until(lambda: all(self.customers[call.path].ended for call in self.answered))

    def attempts_for(self, status: int) -> int:
        """
        How often it is asked for one customer whom it answers so.
        """
        before = len(self.wires.asked)
        (customer,) = self.come("search")
        while self.until(lambda: customer.ended or self.there) and not customer.ended:
            self.answer(self.there[0], status)
            if len(self.wires.asked) > before + MOST_ATTEMPTS:
                self.leave(customer)
        if customer.status != status:
            self.answered_by, self.passed_on = f"{status}", f"{customer.status}"
        return len(self.wires.asked) - before


@dataclass
class Seen:
    """
    What became of the customers, and what the engine was asked.
    """

    tried: int = 0  # how far it has come
    most: int = 0  # calls at the engine at the same time
    least: int = 0  # … when more customers are there than it can serve
    turned_away_early: int = 0  # of those who find the line not full
    kept_waiting: int = 0  # of those who find it full
    told: set[int | None] = field(default_factory=set)  # those who were refused
    misread: bool = False  # whether only those are kept who look for a word with checkout
    displaced: list[int] = field(default_factory=list)  # whose place in line the checkout took
    checkout_refused: bool = False
    checkout_is_next: bool = False
    order: str = ""  # in which they were asked for, by when they came
    in_order: bool = False
    asked_for_nobody: bool = False
    place_for_nobody: bool = False
    retry_stays: bool = False
    lost_after: str = ""  # the way out of the engine that made no room for the next
    found: int = 0  # … and the calls that were there then
    refused_for_nobody: int = 0  # of those who find a line that all have left
    pays_without_end: bool = False  # a checkout is let in that finds the line full of them
    back: int = 0  # calls at the engine, after a rush that has left
    most_later: int = 0
    calls_down: int = 0
    attempts: int = 0  # most for one customer
    repeated: str = ""  # what was asked again, and isn't to be
    calls_then: int = 0  # for a few customers, after many who were refused
    calls_again: int = 0
    answered_by: str = ""  # what the engine said, and a customer wasn't told
    passed_on: str = ""

    def told_from(self, stage: int, words: str) -> str:
        """
        What was seen; or, of what the run has not come to, that.
        """
        return words if self.tried >= stage else "not tried yet: it is built on the above"


def see_line(shop: Shop, seen: Seen) -> list[Customer]:
    """
    Fill the engine and the line, and send a few more; who waits in line.
    """
    shop.come("search", AT_THE_ENGINE)
    shop.until(lambda: len(shop.there) >= AT_THE_ENGINE)
    lined = shop.come("search", LINE)
    more = shop.come("search", TOO_MANY)
    shop.until(lambda: all(each.ended for each in more) or len(shop.there) > AT_THE_ENGINE)
    seen.most, seen.least = shop.most, len(shop.there)
    seen.turned_away_early = sum(customer.ended for customer in lined)
    seen.kept_waiting = sum(not customer.ended for customer in more)
    seen.told = {customer.status for customer in more if customer.ended}
    kept = [customer.path for customer in more if not customer.ended]
    seen.misread = bool(kept) and all("checkout" in path for path in kept)
    return lined


def see_order(shop: Shop, seen: Seen, lined: list[Customer]) -> None:
    """
    A checkout comes, two more, and somebody leaves the line: who is asked for next.
    """
    (pays,) = shop.come("checkout")
    shop.until(lambda: pays.ended or any(customer.ended for customer in lined))
    seen.checkout_refused = pays.ended
    seen.told |= {customer.status for customer in lined if customer.ended}
    seen.displaced = [number for number, each in enumerate(lined, start=1) if each.ended]
    lined = [customer for customer in lined if not customer.ended]
    seen.checkout_is_next = shop.after_answer() == pays.path
    pay_too = shop.come("checkout", 2)  # there is room in line for one of them
    shop.until(lambda: any(customer.ended for customer in lined))
    lined = [customer for customer in lined if not customer.ended]
    leaver = shop.chance.choice(lined[1:-1] or pay_too)
    shop.leave(leaver)
    expected = [each.path for each in [*pay_too, *lined] if each is not leaver]
    asked = [shop.after_answer() for _ in expected]
    places = {path: f"{number}" for number, path in enumerate(shop.customers, start=1)}
    seen.order = ", ".join(places.get(path, "nobody") for path in asked)
    seen.in_order = asked == expected
    seen.asked_for_nobody = leaver.path in asked
    seen.place_for_nobody = "" in asked
    seen.tried = ORDERED


def see_ways_out(shop: Shop, seen: Seen) -> None:
    """
    Each way out of the engine makes room for whoever is next; a retry stays.
    """
    for way in [*shop.chance.sample([LEAVES, ERRS], 2), RETRIED]:
        (following,) = shop.come("search")
        if not shop.there:
            return
        call, after = shop.chance.choice(shop.there), len(shop.wires.asked)
        if way == LEAVES:
            shop.leave(shop.customers[call.path])
        else:
            shop.answer(call, 500 if way == ERRS else 503)
        path = shop.asks(after)
        if way == RETRIED:
            seen.retry_stays = path == call.path
        elif path == call.path:
            seen.repeated = "500"
        path = shop.after_answer() if path == call.path else path
        if path != following.path and not seen.lost_after:
            seen.lost_after, seen.found = way, len(shop.there)
    shop.serve_all()


def fill(shop: Shop, seen: Seen) -> int:
    """
    Fill the engine and the line, and send one more; how many reached the engine at first.
    """
    shop.most = 0
    shop.come("search", AT_THE_ENGINE)
    shop.until(lambda: len(shop.there) >= AT_THE_ENGINE)
    found = len(shop.there)
    shop.come("checkout", LINE)
    more = [*shop.come("search"), *shop.come("checkout")]
    shop.until(lambda: all(each.ended for each in more) or len(shop.there) > AT_THE_ENGINE)
    seen.most_later = max(seen.most_later, shop.most)
    seen.pays_without_end |= more[0].ended and not more[1].ended
    return found


def see_a_rush_leave(shop: Shop, seen: Seen) -> None:
    """
    All who are in line leave, and others come; then many come, and all leave; then as many
    come as find a place, and two more.
    """
    shop.come("search", AT_THE_ENGINE)
    shop.until(lambda: len(shop.there) >= AT_THE_ENGINE)
    shop.leave(*shop.come("search", LINE))
    after = shop.come("search", LINE)
    (one_more,) = shop.come("search")
    shop.until(lambda: one_more.ended)  # and whoever was refused before
    seen.refused_for_nobody = sum(customer.ended for customer in after)
    shop.leave(*[each for each in shop.customers.values() if not each.ended])
    rush = shop.come("search", RUSH)
    shop.until(lambda: sum(not each.ended for each in rush) <= AT_THE_ENGINE + LINE)
    shop.leave(*[customer for customer in rush if not customer.ended])
    seen.back = fill(shop, seen)
    seen.tried = RUSHED
    shop.serve_all()


def see_who_brings_in(shop: Shop, seen: Seen) -> None:
    """
    Many find the line full, when nothing is saved; then the engine can't again.
    """
    shop.come("search", AT_THE_ENGINE)
    shop.until(lambda: len(shop.there) >= AT_THE_ENGINE)
    shop.come("search", LINE)
    more = shop.come("search", REFUSED)
    shop.until(lambda: all(each.ended for each in more))
    shop.serve_all()
    seen.calls_then = sum(shop.attempts_for(503) for _ in range(AGAIN))


def see_retries(shop: Shop, seen: Seen) -> None:
    """
    The engine can't; then it can for a while; then it answers in other ways, or can't again.
    """
    attempts = [shop.attempts_for(503) for _ in range(DOWN)]
    seen.calls_down, seen.attempts = sum(attempts), max(attempts)
    see_who_brings_in(shop, seen)
    for _ in range(QUIET):
        shop.attempts_for(200)
    for status in shop.chance.sample([404, 429, 500, 502, 504], 5):
        if shop.attempts_for(status) > 1:
            seen.repeated = f"{status}"
    most = len(shop.wires.asked) + AT_THE_ENGINE
    silent = shop.come("search", AT_THE_ENGINE)
    shop.until(lambda: all(each.ended for each in silent) or len(shop.wires.asked) > most)
    if len(shop.wires.asked) > most:
        seen.repeated = "nothing in time"
        shop.leave(*[customer for customer in silent if not customer.ended])
    found = fill(shop, seen)
    if found < AT_THE_ENGINE:
        seen.lost_after, seen.found = SILENT, found
    shop.serve_all()
    seen.calls_again = sum(shop.attempts_for(503) for _ in range(AGAIN))
    seen.answered_by, seen.passed_on = shop.answered_by, shop.passed_on
    if late := {f"{customer.status}" for customer in silent} - {"504"}:
        seen.answered_by, seen.passed_on = "nothing in time", ", ".join(sorted(late))
    seen.tried = RETRIED_ALL


def attack(folder: Path, name: str, seed: int) -> Seen:
    """
    Two runs: a rush, with an engine that takes its time; and one that can't, now and then.
    """
    chance, seen = random.Random(seed), Seen()
    with Wires() as wires:
        env = {"ENGINE": wires.url, "TIMEOUT": f"{LONG}"}
        with (
            start_service(folder, name, env=env) as service,
            Shop(wires, service, chance) as shop,
        ):
            see_door(shop, seen)
        record(name, None, service)
    if seen.tried < RUSHED or any(explain_places(seen)):
        return seen
    with Wires() as wires:
        env = {"ENGINE": wires.url, "TIMEOUT": f"{TIMEOUT * patience()}"}
        with (
            start_service(folder, f"{name}, again", env=env) as service,
            Shop(wires, service, chance) as shop,
        ):
            see_retries(shop, seen)
        record(name, None, service)
    return seen


def see_door(shop: Shop, seen: Seen) -> None:
    """
    One thing after the other; what is built on one that is wrong isn't tried.
    """
    lined = see_line(shop, seen)
    if not any(explain_line(seen)):
        see_order(shop, seen, lined)
        if not any(explain_order(seen)):
            see_ways_out(shop, seen)
            see_a_rush_leave(shop, seen)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    yield from explain_line(seen)
    yield from explain_order(seen)
    yield from explain_places(seen)
    yield from explain_retries(seen)
    yield from explain_budget(seen)


def explain_line(seen: Seen) -> Iterator[str]:
    """
    Of who is let in.
    """
    if seen.most > AT_THE_ENGINE:
        yield "too-many-at-once"
    if seen.least < AT_THE_ENGINE:
        yield "idle-places"
    if seen.turned_away_early and seen.misread:
        yield "takes-a-word-for-it"
    if seen.turned_away_early:
        yield "nobody-waits"
    if seen.kept_waiting:
        yield "no-end"


def explain_order(seen: Seen) -> Iterator[str]:
    """
    Of who comes before whom, and whom that costs a place.
    """
    if seen.checkout_refused:
        yield "checkout-refused"
    if not seen.displaced:
        yield "nobody-displaced"
    if seen.displaced != [LINE]:
        yield "wrong-one-displaced"
    if not seen.checkout_is_next:
        yield "checkout-waits"
    if seen.asked_for_nobody:
        yield "asked-for-nobody"
    if seen.place_for_nobody:
        yield "place-for-nobody"
    if not seen.in_order:
        yield "out-of-order"


def explain_places(seen: Seen) -> Iterator[str]:
    """
    Of who leaves, and who gets the place.
    """
    if seen.lost_after in (LEAVES, ERRS, SILENT):
        yield "place-lost"
    if seen.refused_for_nobody:
        yield "full-of-nobody"
    if seen.pays_without_end:
        yield "checkouts-without-end"
    if seen.back < AT_THE_ENGINE:
        yield "does-not-come-back"
    if seen.most_later > AT_THE_ENGINE:
        yield "too-many-later"


def explain_retries(seen: Seen) -> Iterator[str]:
    """
    Of what is asked again, and what comes of it.
    """
    if seen.answered_by and not seen.repeated:
        yield "answer-lost"
    if seen.calls_down == DOWN:
        yield "never-again"
    if seen.attempts > ATTEMPTS:
        yield "too-often"
    if seen.repeated:
        yield "repeats-others"
    if not seen.retry_stays:
        yield "retry-moves"


def explain_budget(seen: Seen) -> Iterator[str]:
    """
    Of how many retries there are.
    """
    if seen.calls_down == DOWN * ATTEMPTS:
        yield "no-budget"
    if seen.calls_down > MOST_DOWN:
        yield "budget-too-large"
    if seen.calls_down < LEAST_DOWN:
        yield "budget-too-small"
    if seen.calls_then > AGAIN + RETRIES_THEN:
        yield "refused-bring-in"
    if seen.calls_again > AGAIN + RETRIES:
        yield "too-much-saved"
    if seen.calls_again < AGAIN + RETRIES:
        yield "nothing-saved"


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """The untouched service lets everybody through to the engine."""
    with Wires() as wires:
        env = {"ENGINE": wires.url, "TIMEOUT": f"{LONG}"}
        with (
            start_service(untouched, "untouched", env=env) as service,
            Shop(wires, service, random.Random(seed)) as shop,
        ):
            shop.come("search", CUSTOMERS)
            shop.until(lambda: len(shop.there) == CUSTOMERS)
            most = shop.most
    expect(
        most > AT_THE_ENGINE,
        done=f"{CUSTOMERS} customers came at the same time",
        expected=f"more than {AT_THE_ENGINE} requests at the engine",
        seen=f"{most}",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, seed: int) -> Seen:
    return attack(attempt, "yours", seed)


FILLED = f"{CUSTOMERS} searches came, and the engine answered none of them"


def test_engine(seen: Seen) -> None:
    """Four requests are at the engine, no more and no fewer."""
    expect(
        seen.most == seen.least == AT_THE_ENGINE,
        done=FILLED,
        expected=f"{AT_THE_ENGINE} requests at the engine",
        seen=f"at most {seen.most}, and {seen.least} in the end",
        hint=explain(seen),
    )


def test_line(seen: Seen) -> None:
    """Eight wait in line; whoever finds it full gets a 503 at once."""
    expect(
        not seen.turned_away_early and not seen.kept_waiting and seen.told == {503},
        done=FILLED,
        expected=f"{LINE} wait, {TOO_MANY} get a 503",
        seen=f"of the first {LINE} {seen.turned_away_early} were answered; of the others"
        f" {seen.kept_waiting} wait; those who don't got {sorted(map(str, seen.told))}",
        hint=explain(seen),
    )


def test_checkout(seen: Seen) -> None:
    """A checkout takes the place of the last search in a full line, and is next."""
    expect(
        seen.displaced == [LINE] and not seen.checkout_refused and seen.checkout_is_next,
        done=f"a checkout came when {LINE} searches were in line; then the engine answered one",
        expected=f"number {LINE} in line gets a 503, and the checkout is asked for next",
        seen=seen.told_from(
            ORDERED,
            f"refused: {seen.displaced or 'nobody'} of the line"
            f"{', and the checkout' * seen.checkout_refused}; the next call was"
            f" {'' if seen.checkout_is_next else 'not '}for the checkout",
        ),
        hint=explain(seen),
    )


def test_order(seen: Seen) -> None:
    """Checkouts come before searches, each in the order in which they came; nobody else."""
    expect(
        seen.in_order,
        done="two more checkouts came, a search left the line, the engine went on answering",
        expected="the checkouts are asked for, then the searches that wait, in their order",
        seen=seen.told_from(ORDERED, f"by when they had come: {seen.order}"),
        hint=explain(seen),
    )


def test_room(seen: Seen) -> None:
    """Whoever leaves the engine makes room for the next; a retry keeps its place."""
    expect(
        not seen.lost_after and seen.retry_stays,
        done="one of those at the engine left, one got an error, one a 503, four no answer",
        expected="after the 503 the same is asked again; after each of the others, the next",
        seen=seen.told_from(
            RUSHED,
            f"{'no call for the next one after ' if seen.lost_after else 'all came'}"
            f"{seen.lost_after}; the retry {'stayed' if seen.retry_stays else 'moved'}",
        ),
        hint=explain(seen),
    )


def test_comes_back(seen: Seen) -> None:
    """After a rush, all is as before."""
    expect(
        seen.back == seen.most_later == AT_THE_ENGINE,
        done=f"{RUSH} customers came and left, then {AT_THE_ENGINE} came, and more",
        expected=f"{AT_THE_ENGINE} requests at the engine, and no more",
        seen=seen.told_from(RUSHED, f"{seen.back}, and at most {seen.most_later}"),
        hint=explain(seen),
    )


def test_length(seen: Seen) -> None:
    """The line has eight, whoever they are; who has left is none of them."""
    expect(
        not seen.refused_for_nobody and not seen.pays_without_end,
        done=f"{LINE} left the line and {LINE} came; later a checkout came when {LINE} others "
        "were in line",
        expected=f"the {LINE} wait, the checkout gets a 503",
        seen=seen.told_from(
            RUSHED,
            f"{seen.refused_for_nobody} of the {LINE} got a 503; the checkout "
            f"{'was let in' if seen.pays_without_end else 'got a 503'}",
        ),
        hint=explain(seen),
    )


def test_retries(seen: Seen) -> None:
    """A 503 is asked again, three times in all; nothing else is."""
    expect(
        seen.attempts == ATTEMPTS and not seen.repeated,
        done=f"the engine answered {DOWN} customers with a 503, and some in other ways",
        expected=f"{ATTEMPTS} attempts at most, one for each of the others",
        seen=seen.told_from(
            RETRIED_ALL,
            f"{seen.attempts} attempts at most; asked again: {seen.repeated or 'none'}",
        ),
        hint=explain(seen),
    )


def test_answers(seen: Seen) -> None:
    """A customer gets what the engine has answered last; a 504 if it was nothing in time."""
    expect(
        not seen.answered_by,
        done="the engine answered with a 200, a 404, a 429, a 5xx, and not at all",
        expected="the same for the customer, and a 504",
        seen=seen.told_from(
            RETRIED_ALL,
            f"{seen.answered_by}, and the customer got {seen.passed_on}"
            if seen.answered_by
            else "the same",
        ),
        hint=explain(seen),
    )


def test_budget(seen: Seen) -> None:
    """In an outage, a tenth of the requests and what was saved are retries."""
    expect(
        LEAST_DOWN <= seen.calls_down <= MOST_DOWN,
        done=f"the engine answered {DOWN} customers with a 503, from the start",
        expected=f"it is asked {LEAST_DOWN} to {MOST_DOWN} times",
        seen=seen.told_from(RETRIED_ALL, f"{seen.calls_down} times"),
        hint=explain(seen),
    )


def test_earned(seen: Seen) -> None:
    """Whoever is refused brings in nothing."""
    expect(
        seen.calls_then <= AGAIN + RETRIES_THEN,
        done=f"with less than one retry left {REFUSED} customers found the line full, those "
        f"before them were served, and {AGAIN} got a 503",
        expected=f"it is asked for these at most {AGAIN + RETRIES_THEN} times",
        seen=seen.told_from(RETRIED_ALL, f"{seen.calls_then} times"),
        hint=explain(seen),
    )


def test_saved(seen: Seen) -> None:
    """Good days bring in five retries, and no more."""
    expect(
        seen.calls_again == AGAIN + RETRIES,
        done=f"{QUIET} requests and more went well, then {AGAIN} customers got a 503",
        expected=f"it is asked {AGAIN + RETRIES} times",
        seen=seen.told_from(RETRIED_ALL, f"{seen.calls_again} times"),
        hint=explain(seen),
    )
