"""
The stock hangs, and thirty customers ask for it; who still gets a price?
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, start, wait_until
from workbench.checks import Call, Hint, ask, expect, record, start_service
from workbench.wires import Wires

ROOM = 8  # customers who may wait for the stock at the same time
CROWD, PRICED, ERRORS = 30, 10, 12
AFTER = 10  # who ask for /healthz, one by one: the ninth is long there when they are told
PATIENCE = 3  # seconds for what takes none
GONE = "a customer has gone"  # what the shop says of each
HANGS = f"the stock hung, and {CROWD} customers asked for an item"


def calls(supplier: Process) -> int:
    return int(ask(supplier, "/calls").text)


def send(shop: Process, path: str, number: int) -> list[Call]:
    return [Call(shop, path) for _ in range(number)]


def gather(shop: Process, stock: Process, number: int) -> tuple[int, list[Call]]:
    """
    Send so many to a stock that hangs; how many reached it, and all of them.
    """
    before = calls(stock)
    crowd = send(shop, "/item", number)

    def reached() -> int:
        return calls(stock) - before

    wait_until(lambda: reached() + sum(c.answered() for c in crowd) >= number, PATIENCE)
    return reached(), crowd


def statuses(customers: list[Call], seconds: float) -> Counter[int | None]:
    """
    What they got, within so many seconds; `None` for those who still wait.
    """
    wait_until(lambda: all(customer.answered() for customer in customers), seconds)
    return Counter(customer.status() for customer in customers)


class Found(NamedTuple):
    """
    All that is known about a shop.
    """

    reached: int  # of the crowd, the stock
    crowd: Counter[int | None]  # what it got while the stock hung
    priced: Counter[int | None]  # what those got who asked for a price then
    health: int | None
    ninth: int | None  # what it got, when the eight before it were served in the end
    served: int  # of eight at a time, when the stock is well
    told_of_errors: Counter[int | None]  # what was told of calls that had failed
    told_of_404: Counter[int | None]
    after_errors: int  # of eight at a time, how many reached the stock
    after_leaving: int


def start_shop(folder: Path, name: str, stock: Process, prices: Process) -> Process:
    env = {"STOCK": stock.url, "PRICES": prices.url, "TIMEOUT": "30"}
    return start_service(folder, name, env=env)


def start_supplier(folder: Path, name: str) -> Process:
    return start("python supplier.py {port}", ready="/calls", name=name, cwd=folder)


@pytest.fixture(scope="module")
def stock(untouched: Path) -> Iterator[Process]:
    with start_supplier(untouched, "stock") as stock:
        yield stock


@pytest.fixture(scope="module")
def prices(untouched: Path) -> Iterator[Process]:
    with start_supplier(untouched, "prices") as prices:
        yield prices


def let_hang(
    shop: Process, stock: Process
) -> tuple[int, Counter[int | None], Counter[int | None], int | None]:
    """
    Hang, send the crowd, and see who is answered meanwhile; repair.
    """
    ask(stock, "/hangs", method="POST")
    reached, crowd = gather(shop, stock, CROWD)
    got = statuses(crowd, 0)
    askers = send(shop, "/price", PRICED)
    priced = statuses(askers, PATIENCE)
    health = ask(shop, "/healthz").status
    ask(stock, "/well", method="POST")
    statuses(crowd + askers, PATIENCE)  # nobody leaves before all are answered
    return reached, got, priced, health


def come_ninth(shop: Process) -> list[Call]:
    """
    One more than may wait; and some after it are told that the shop is well.
    """
    ninth = send(shop, "/item", 1)
    for _ in range(AFTER):
        if ask(shop, "/healthz").status != 200:
            break
    return ninth


def leave(shop: Process, customers: list[Call]) -> None:
    """
    Go away, and wait until the shop knows of each.
    """
    known = sum(GONE in line.text for line in shop.log)
    for customer in customers:
        customer.hang_up()
    shop.wait_log(GONE, times=known + len(customers), timeout=PATIENCE)


def meet_404(folder: Path) -> Counter[int | None]:
    """
    What is told of stock and prices that know of nothing, and say so with a text.
    """
    with Wires() as suppliers:
        env = {"STOCK": suppliers.url, "PRICES": suppliers.url, "TIMEOUT": "30"}
        with start_service(folder, "yours, told 404", env=env) as shop:
            customers = send(shop, "/item", 1) + send(shop, "/price", 1)
            suppliers.until(lambda: len(suppliers.asked) == len(customers), PATIENCE)
            for call in suppliers.asked:
                call.answer(404, "12")
            return statuses(customers, PATIENCE)


@pytest.fixture(scope="module")
def found(attempt: Path, stock: Process, prices: Process) -> Found:
    with start_shop(attempt, "yours", stock, prices) as shop:
        ask(stock, "/hangs", method="POST")
        _, eight = gather(shop, stock, ROOM)
        ninth = come_ninth(shop)
        ask(stock, "/well", method="POST")
        last = next(iter(statuses(ninth, PATIENCE)))
        served = statuses(eight, PATIENCE)[200]
        told_of_404 = meet_404(attempt)
        if not served:  # then nothing can be learned from who is answered
            record("yours", None, shop)
            nobody: Counter[int | None] = Counter()
            return Found(0, nobody, nobody, None, last, 0, nobody, told_of_404, 0, 0)
        reached, crowd, priced, health = let_hang(shop, stock)
        for supplier in (stock, prices):
            ask(supplier, "/errs", method="POST")
        told = statuses(send(shop, "/price", 1), PATIENCE)
        for _ in range(2):  # as many at a time as find a place
            told += statuses(send(shop, "/item", ERRORS // 2), PATIENCE)
        ask(prices, "/well", method="POST")
        ask(stock, "/hangs", method="POST")
        after_errors, eight = gather(shop, stock, ROOM)
        leave(shop, [customer for customer in eight if not customer.answered()])
        # The stock still has their calls, and answers none.
        after_leaving, _ = gather(shop, stock, ROOM)
        ask(stock, "/well", method="POST")
    record("yours", None, shop)
    return Found(
        reached,
        crowd,
        priced,
        health,
        last,
        served,
        told,
        told_of_404,
        after_errors,
        after_leaving,
    )


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not found.served:
        return None
    return diagnose_walls(found) or diagnose_errors(found) or diagnose_places(found)


def diagnose_walls(found: Found) -> Hint | None:
    """
    Of who gets in whose way.
    """
    if found.health != 200:
        return Hint(
            "health-limited",
            "While the stock hung, `/healthz` did not answer with a 200. What will a balancer "
            "do with this process, and with all others, which have the same stock?",
        )
    if found.crowd[504]:
        return Hint(
            "gives-up-late",
            f"{found.crowd[504]} of {CROWD} customers waited for a time-out. How many wait at "
            "the same time when it is short, and ten times as many customers come?",
        )
    if found.reached == CROWD:
        return Hint(
            "everyone-at-the-stock",
            f"All {CROWD} customers wait for the stock now. How many will when three hundred "
            "come, and what does the shop hold for each of them?",
        )
    if found.reached > ROOM:
        return Hint(
            "pool-is-the-limit",
            f"{found.reached} calls reached the stock, and {found.priced[200]} of {PRICED} "
            "customers got a price. What do both need, and who took all of it?",
        )
    if found.priced[200] < PRICED:
        return Hint(
            "shares-the-limit",
            f"Only {found.reached} calls reached the stock, and yet {found.priced[200]} of "
            f"{PRICED} customers got a price. Whom does your limit count?",
        )
    return None


def diagnose_errors(found: Found) -> Hint | None:
    """
    Of suppliers that answer, and not with what was asked for.
    """
    if wrong := found.told_of_errors[200]:
        return Hint(
            "errors-pass",
            f"The suppliers answered with a 500, and {wrong} customers got a 200. Who looks at "
            "the status of an answer that came?",
        )
    if wrong := found.told_of_404[200]:
        return Hint(
            "some-errors-pass",
            f"The suppliers answered with a 404, and {wrong} of 2 customers got a 200. Which "
            "statuses does your service take for an item?",
        )
    return None


def diagnose_places(found: Found) -> Hint | None:
    """
    Of the places at the stock, and those who find none.
    """
    if found.served < ROOM:
        return Hint(
            "too-narrow",
            f"Eight customers at a time, a stock that is well, and {found.served} were served. "
            "How many may wait for it?",
        )
    if (waiting := found.crowd[None] - found.reached) > 0:
        return Hint(
            "queues",
            f"{found.reached} of {CROWD} customers were at the stock, and {waiting} more had "
            "no answer. How long will they, and who tells them?",
        )
    if found.ninth == 200:
        return Hint(
            "waits-a-little",
            f"Eight waited for the stock, a ninth came, and {AFTER} who came later were told "
            "that the shop is well. Then the eight were served, and so was the ninth. For how "
            "long does it wait for a place, and what does the shop hold for it meanwhile?",
        )
    if found.after_errors < ROOM:
        return Hint(
            "lost-on-error",
            f"After {ERRORS} calls that failed, {found.after_errors} of {ROOM} customers "
            "reached the stock. Who gives a place back when a call ends with an exception?",
        )
    if found.after_leaving < ROOM:
        return Hint(
            "lost-on-leaving",
            f"After {ROOM} customers had gone away, {found.after_leaving} of the next {ROOM} "
            "reached the stock. Which exception ends a call that is cancelled, and who gives "
            "back its place?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path, stock: Process, prices: Process) -> None:
    """With the untouched service nobody gets a price while the stock hangs."""
    with start_shop(untouched, "untouched", stock, prices) as shop:
        ask(stock, "/hangs", method="POST")
        crowd = send(shop, "/item", CROWD)
        wait_until(lambda: calls(stock) >= ROOM + 2, PATIENCE)
        priced = statuses(send(shop, "/price", PRICED), 1)
        ask(stock, "/well", method="POST")
        statuses(crowd, PATIENCE)
    expect(
        priced[200] == 0,
        done=f"{HANGS}, then {PRICED} for a price",
        expected=f"0 of {PRICED} get one",
        seen=f"{priced[200]}",
    )


def test_prices_live(found: Found) -> None:
    """While the stock hangs, whoever asks for a price gets it, and /healthz answers."""
    expect(
        found.priced[200] == PRICED and found.health == 200,
        done=f"{HANGS}, then {PRICED} for a price",
        expected=f"{PRICED} prices, and a 200 from /healthz",
        seen=f"{found.priced[200]} prices, and a {found.health}",
        hint=diagnose(found),
    )


def test_excess_is_turned_away(found: Found) -> None:
    """Whoever finds no place at the stock gets a 503 at once."""
    expect(
        found.reached == ROOM and found.crowd[503] == CROWD - ROOM and found.ninth == 503,
        done=f"{HANGS}; before that one came ninth, and places were free soon after",
        expected=f"{ROOM} calls at the stock, {CROWD - ROOM} times a 503 while it hangs, and a "
        "503 for who came ninth",
        seen=f"{found.reached} calls, {found.crowd[503]} times a 503, and a {found.ninth}",
        hint=diagnose(found),
    )


def test_nothing_is_lost(found: Found) -> None:
    """Eight customers at a time are served."""
    expect(
        found.served == ROOM,
        done=f"{ROOM} customers asked for an item at the same time, and the stock was well",
        expected=f"{ROOM} served",
        seen=f"{found.served} served",
        hint=diagnose(found),
    )


def test_errors_are_told(found: Found) -> None:
    """Whose supplier answers with an error doesn't get it as an answer."""
    wrong = found.told_of_errors[200] + found.told_of_404[200]
    expect(
        wrong == 0,
        done=f"stock and prices erred, {ERRORS} customers asked for an item and one for a "
        "price; both suppliers said 404 to one each",
        expected="0 times a 200",
        seen=f"{wrong} times a 200",
        hint=diagnose(found),
    )


def test_places_come_back(found: Found) -> None:
    """A call that fails, or whose customer goes away, gives its place back."""
    expect(
        found.after_errors == found.after_leaving == ROOM,
        done=f"{ERRORS} calls failed, then {ROOM} customers asked and went away, {ROOM} came",
        expected=f"{ROOM} calls at the stock each time",
        seen=f"{found.after_errors}, then {found.after_leaving}",
        hint=diagnose(found),
    )
