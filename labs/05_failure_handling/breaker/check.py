"""
A stock errs, hangs, and comes back; what counts is how often it was asked meanwhile.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import Process, proxy, start, wait_until
from workbench.checks import Call, ask, expect, explanation, record, start_service

FAILURES, ASKED, FALTERING = 5, 12, 24
GONE, CROWD = 12, 20
OPEN_SECONDS, CLOSES_WITHIN = 1.5, 4.5
ITEM = "/items/1"
ERRS = f"the stock answered with a 500, and {ASKED} customers asked"


def start_shop(folder: Path, name: str, stock: str, timeout: float, open_for: float) -> Process:
    env = {"STOCK": stock, "TIMEOUT": str(timeout), "OPEN_SECONDS": str(open_for)}
    return start_service(folder, name, env=env)


def ask_often(shop: Process, times: int) -> list[int | None]:
    return [ask(shop, ITEM, timeout=8).status for _ in range(times)]


def is_open(shop: Process) -> bool:
    return ask_often(shop, 1) == [503]


def tell(stock: Process, mode: str) -> None:
    ask(stock, f"/{mode}", method="POST")


def calls(stock: Process) -> int:
    return int(ask(stock, "/calls").text)


@pytest.fixture(scope="module")
def stock(untouched: Path) -> Iterator[Process]:
    with start("python stock.py {port}", ready="/calls", name="stock", cwd=untouched) as stock:
        yield stock


@pytest.mark.control
def test_control(untouched: Path, stock: Process) -> None:
    """The untouched service asks a stock that errs as often as customers ask."""
    with start_shop(untouched, "untouched", stock.url, 5, 60) as shop:
        tell(stock, "errs")
        ask_often(shop, ASKED)
    expect.equal(calls(stock), ASKED, "calls at the stock", done=ERRS)


# Errors of the stock, and of those who ask it


class Errors(NamedTuple):
    """
    Calls that reached the stock: of wrong requests, of errors, of four errors in five.
    """

    misses: int
    errors: int
    falters: int


@pytest.fixture(scope="module")
def errors(attempt: Path, stock: Process) -> Errors:
    with start_shop(attempt, "yours", stock.url, 5, 60) as shop:
        tell(stock, "misses")
        ask_often(shop, ASKED)
        misses = calls(stock)
        tell(stock, "errs")
        ask_often(shop, ASKED)
        errors = calls(stock)
    record("yours", None, shop)
    with start_shop(attempt, "yours", stock.url, 5, 60) as shop:
        tell(stock, "falters")
        ask_often(shop, FALTERING)
        return Errors(misses, errors, calls(stock))


@explanation
def explain_errors(seen: Errors) -> Iterator[str]:
    if seen.misses < ASKED:
        yield "opens-on-404"
    if seen.errors == ASKED:
        yield "errors-pass"
    if seen.falters == FALTERING:
        yield "counts-in-a-row"
    yield "wrong-number"


def test_stays_closed_on_404(errors: Errors) -> None:
    """A 404 does not open it."""
    done = f"{ASKED} customers asked for what does not exist"
    hint = explain_errors(errors)
    expect.equal(errors.misses, ASKED, "calls at the stock", done=done, hint=hint)


def test_opens_on_errors(errors: Errors) -> None:
    """Five errors open it."""
    hint = explain_errors(errors)
    expect.equal(errors.errors, FAILURES, "calls at the stock", done=ERRS, hint=hint)


def test_opens_on_a_share_of_errors(errors: Errors) -> None:
    """Four errors in five calls open it."""
    done = f"four calls of five failed, and {FALTERING} customers asked"
    hint = explain_errors(errors)
    expect.equal(errors.falters, FAILURES + 1, "calls at the stock", done=done, hint=hint)


# Failures without an answer


class Silence(NamedTuple):
    """
    Which failures without an answer opened the breaker.
    """

    together: bool  # three time-outs and two refusals
    timeouts: bool  # five time-outs more, if it was still closed


@pytest.fixture(scope="module")
def silence(attempt: Path, stock: Process) -> Silence:
    tell(stock, "hangs")
    proxied = proxy(stock.url)
    with proxied, start_shop(attempt, "yours", proxied.url, 0.2, 60) as shop:
        ask_often(shop, FAILURES - 2)
        with proxied.down():
            ask_often(shop, 2)
        if is_open(shop):
            return Silence(together=True, timeouts=True)
        ask_often(shop, FAILURES)
        return Silence(together=False, timeouts=is_open(shop))


@explanation
def explain_silence(seen: Silence) -> Iterator[str]:
    yield "refusals-pass" if seen.timeouts else "timeouts-pass"


def test_opens_on_silence(silence: Silence) -> None:
    """Time-outs and refused connections open it."""
    expect(
        silence.together,
        done="three calls were not answered in time, two were refused",
        expected="the breaker is open",
        seen="open" if silence.together else "closed",
        hint=explain_silence(silence),
    )


# Customers who go away


class Gone(NamedTuple):
    """
    After four errors and customers who went away, how many errors more opened the breaker.
    """

    more: int


def is_dealt_with(customer: Call, stock: Process, number: int) -> bool:
    return calls(stock) >= number or customer.answered()


@pytest.fixture(scope="module")
def gone(attempt: Path, stock: Process) -> Gone:
    with start_shop(attempt, "yours", stock.url, 30, 60) as shop:
        tell(stock, "errs")
        ask_often(shop, FAILURES - 1)
        tell(stock, "hangs")
        for number in range(1, GONE + 1):
            customer = Call(shop, ITEM)
            wait_until(partial(is_dealt_with, customer, stock, number), 5)
            turned_away = customer.answered()
            customer.hang_up()
            if turned_away:
                break
            shop.wait_log("a customer has gone", times=number)
        tell(stock, "errs")
        ask_often(shop, ASKED)
        return Gone(calls(stock))


@explanation
def explain_gone(seen: Gone) -> Iterator[str]:
    yield "gone-forgives" if seen.more else "gone-opens"


def test_a_customer_who_goes_away_is_no_news(gone: Gone) -> None:
    """A customer who goes away is neither a failure nor a success."""
    expect(
        gone.more == 1,
        done=f"four errors, then {GONE} customers went away, then errors again",
        expected="1 call more at the stock",
        seen=f"{gone.more} calls",
        hint=explain_gone(gone),
    )


# The probe


class Probes(NamedTuple):
    """
    Calls that reached the stock when the breaker had been open for long enough.
    """

    crowd: int
    after_leaving: int  # of a second crowd, when the probe's customer had gone
    after_failing: int  # of three more, when the probe had failed
    closed: bool  # in the end, when the stock was well


def gather(shop: Process, stock: Process) -> tuple[int, list[Call]]:
    """
    Send a crowd while the stock hangs: how many reach it, and those who still wait.
    """
    tell(stock, "hangs")
    crowd = [Call(shop, ITEM) for _ in range(CROWD)]
    wait_until(lambda: calls(stock) + sum(c.answered() for c in crowd) >= CROWD, 8)
    return calls(stock), [customer for customer in crowd if not customer.answered()]


@pytest.fixture(scope="module")
def probes(attempt: Path, stock: Process) -> Probes:
    with start_shop(attempt, "yours", stock.url, 30, OPEN_SECONDS) as shop:
        tell(stock, "errs")
        wait_until(lambda: is_open(shop), 3)
        time.sleep(OPEN_SECONDS + 0.2)  # nothing tells that it is ready to try
        crowd, waiting = gather(shop, stock)
        for customer in waiting:
            customer.hang_up()
        if waiting:
            shop.wait_log("a customer has gone", times=len(waiting))
        after_leaving, waiting = gather(shop, stock)
        tell(stock, "errs")
        wait_until(lambda: all(customer.answered() for customer in waiting), 5)
        ask_often(shop, 3)
        after_failing = calls(stock)
        tell(stock, "well")
        closed = wait_until(lambda: ask_often(shop, 3) == [200] * 3, CLOSES_WITHIN)
        return Probes(crowd, after_leaving, after_failing, closed)


@explanation
def explain_probes(seen: Probes) -> Iterator[str]:
    if seen.crowd == 0:
        yield "never-tries"
    if seen.crowd > 1:
        yield "everyone-tries"
    if seen.after_leaving == 0:
        yield "probe-lost"
    if seen.after_leaving > 1:
        yield "gone-closes"
    if seen.after_failing:
        yield "failed-probe-forgotten"
    yield "never-closes"


def test_one_call_tries(probes: Probes) -> None:
    """When it was open for long enough, one call tries, and if its customer goes, another."""
    expect(
        probes.crowd == probes.after_leaving == 1,
        done=f"{CROWD} customers came at once, the probe's customer left, {CROWD} more came",
        expected="1 call at the stock each time",
        seen=f"{probes.crowd}, then {probes.after_leaving}",
        hint=explain_probes(probes),
    )


def test_closes_again(probes: Probes) -> None:
    """A probe that fails keeps it open; one that succeeds closes it."""
    expect(
        not probes.after_failing and probes.closed,
        done="the probe failed, three more asked; then the stock was well",
        expected="0 of the three reached the stock; then customers are served",
        seen=f"{probes.after_failing} of three; then "
        + ("served" if probes.closed else "not served"),
        hint=explain_probes(probes),
    )
