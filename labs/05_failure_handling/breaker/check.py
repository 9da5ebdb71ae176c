"""
A stock errs, hangs, and comes back; what counts is how often it was asked meanwhile.
"""

import http.client
import select
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import pytest

from workbench import Process, proxy, start, wait_until
from workbench.checks import Hint, expect, record

FAILURES, ASKED = 5, 12
GONE, CROWD = 12, 20
OPEN_SECONDS, SECONDS_TO_CLOSE = 1.5, 3


class Customer:
    """
    A connection on which something was asked; its owner may leave.
    """

    def __init__(self, shop: Process) -> None:
        self.socket = socket.create_connection(("127.0.0.1", shop.port or 0), timeout=5)
        self.socket.sendall(b"GET /items/1 HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")

    def answered(self) -> bool:
        return bool(select.select([self.socket], [], [], 0)[0])

    def leave(self) -> None:
        self.socket.close()


class Stock:
    """
    The stock, as its operator sees it.
    """

    def __init__(self, process: Process) -> None:
        self.process = process

    @property
    def url(self) -> str:
        return self.process.url

    def tell(self, mode: str) -> Self:
        ask(self.process, f"/{mode}", "POST")
        return self

    def calls(self) -> int:
        return int(ask(self.process, "/calls")[1])


def ask(server: Process, path: str = "/items/1", method: str = "GET") -> tuple[int | None, str]:
    """
    Ask on a new connection; return the status and the body, or nothing.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=8)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None, ""
    finally:
        connection.close()


def ask_often(shop: Process, times: int) -> list[int | None]:
    return [ask(shop)[0] for _ in range(times)]


def start_shop(folder: Path, name: str, stock: str, timeout: float, open_for: float) -> Process:
    command = "uvicorn service:app --port {port} --no-access-log"
    env = {"STOCK": stock, "TIMEOUT": str(timeout), "OPEN_SECONDS": str(open_for)}
    return start(command, ready="/healthz", name=name, cwd=folder, env=env)


@pytest.fixture(scope="module")
def stock(untouched: Path) -> Iterator[Stock]:
    with start(
        "python stock.py {port}", ready="/calls", name="stock", cwd=untouched
    ) as process:
        yield Stock(process)


# What is found out about a breaker


class Errors(NamedTuple):
    """
    Calls that reached the stock: of wrong requests, of errors, of four errors in five.
    """

    misses: int
    errors: int
    falters: int


class Silence(NamedTuple):
    """
    Which failures without an answer opened the breaker.
    """

    together: bool  # three time-outs and two refusals
    timeouts: bool  # five time-outs more, if it was still closed


class Probes(NamedTuple):
    """
    Calls that reached the stock when the breaker had been open for long enough.
    """

    crowd: int
    after_leaving: int  # of a second crowd, when the probe's customer had gone
    after_failing: int  # of three more, when the probe had failed
    closed: bool  # in the end, when the stock was well


def see_errors(folder: Path, stock: Stock) -> Errors:
    with start_shop(folder, "yours", stock.url, 5, 60) as shop:
        stock.tell("misses")
        ask_often(shop, ASKED)
        misses = stock.calls()
        stock.tell("errs")
        ask_often(shop, ASKED)
        errors = stock.calls()
    record("yours", None, shop)
    with start_shop(folder, "yours", stock.url, 5, 60) as shop:
        stock.tell("falters")
        ask_often(shop, 2 * ASKED)
        return Errors(misses, errors, stock.calls())


def see_silence(folder: Path, stock: Stock) -> Silence:
    stock.tell("hangs")
    wire = proxy(stock.url)
    with wire, start_shop(folder, "yours", wire.url, 0.2, 60) as shop:
        ask_often(shop, FAILURES - 2)
        with wire.down():
            ask_often(shop, 2)
        if ask(shop)[0] == 503:
            return Silence(together=True, timeouts=True)
        ask_often(shop, FAILURES)
        return Silence(together=False, timeouts=ask(shop)[0] == 503)


def is_dealt_with(customer: Customer, stock: Stock, number: int) -> bool:
    return stock.calls() >= number or customer.answered()


def see_gone(folder: Path, stock: Stock) -> int:
    """
    After four errors twelve customers go away; then how many errors more does it take?
    """
    with start_shop(folder, "yours", stock.url, 30, 60) as shop:
        stock.tell("errs")
        ask_often(shop, FAILURES - 1)
        stock.tell("hangs")
        for number in range(1, GONE + 1):
            customer = Customer(shop)
            wait_until(partial(is_dealt_with, customer, stock, number), 5)
            turned_away = customer.answered()
            customer.leave()
            if turned_away:
                break
            shop.wait_log("a customer has gone", times=number)
        stock.tell("errs")
        ask_often(shop, ASKED)
        return stock.calls()


def gather(shop: Process, stock: Stock) -> tuple[int, list[Customer]]:
    """
    Send a crowd while the stock hangs: how many reach it, and those who still wait.
    """
    stock.tell("hangs")
    crowd = [Customer(shop) for _ in range(CROWD)]
    wait_until(lambda: stock.calls() + sum(c.answered() for c in crowd) >= CROWD, 8)
    return stock.calls(), [customer for customer in crowd if not customer.answered()]


def see_probes(folder: Path, stock: Stock) -> Probes:
    with start_shop(folder, "yours", stock.url, 30, OPEN_SECONDS) as shop:
        stock.tell("errs")
        wait_until(lambda: ask(shop)[0] == 503, 3)
        time.sleep(OPEN_SECONDS + 0.2)  # nothing tells that it is ready to try
        crowd, waiting = gather(shop, stock)
        for customer in waiting:
            customer.leave()
        if waiting:
            shop.wait_log("a customer has gone", times=len(waiting))
        second, waiting = gather(shop, stock)
        stock.tell("errs")
        wait_until(lambda: all(customer.answered() for customer in waiting), 5)
        ask_often(shop, 3)
        failing = stock.calls()
        stock.tell("well")
        closed = wait_until(
            lambda: ask_often(shop, 3) == [200] * 3, OPEN_SECONDS + SECONDS_TO_CLOSE
        )
        return Probes(crowd, second, failing, bool(closed))


@pytest.fixture(scope="module")
def errors(attempt: Path, stock: Stock) -> Errors:
    return see_errors(attempt, stock)


@pytest.fixture(scope="module")
def silence(attempt: Path, stock: Stock) -> Silence:
    return see_silence(attempt, stock)


@pytest.fixture(scope="module")
def after_gone(attempt: Path, stock: Stock) -> int:
    return see_gone(attempt, stock)


@pytest.fixture(scope="module")
def probes(attempt: Path, stock: Stock) -> Probes:
    return see_probes(attempt, stock)


# What is made of it


def diagnose_errors(errors: Errors) -> Hint:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if errors.misses < ASKED:
        return Hint(
            "opens-on-404",
            f"{ASKED} customers asked for what does not exist, and only {errors.misses} of "
            "them reached the stock. Whose fault is a 404, and what does it say of the stock?",
        )
    if errors.errors == ASKED:
        return Hint(
            "errors-pass",
            f"All {ASKED} calls reached a stock that answered each with a 500. What does your "
            "breaker see of an answer with a 500: an exception, or a result?",
        )
    if errors.falters == 2 * ASKED:
        return Hint(
            "counts-in-a-row",
            f"Four of five calls failed, and all {2 * ASKED} were made. What "
            "does one success in between do to your count?",
        )
    return Hint(
        "wrong-number",
        f"Of errors alone {errors.errors} calls reached the stock, of four in five "
        f"{errors.falters}. Five of the last ten: when is that so for the first time?",
    )


def diagnose_silence(silence: Silence) -> Hint:
    if not silence.timeouts:
        return Hint(
            "timeouts-pass",
            "Eight calls got no answer in time, and the ninth was made. Which exceptions does "
            "httpx raise when nothing comes, and are they among those that you count?",
        )
    return Hint(
        "refusals-pass",
        "Three time-outs and two refused connections did not open it, time-outs alone did. "
        "Which exception is a refused connection?",
    )


def diagnose_customers(after_gone: int) -> Hint:
    if after_gone == 0:
        return Hint(
            "gone-opens",
            f"Four errors, then {GONE} customers went away, and the breaker was open. What "
            "does a customer who hangs up say of the stock?",
        )
    return Hint(
        "gone-forgives",
        f"Four errors, then {GONE} customers went away, and then it took {after_gone} errors "
        "more to open, not one. What did your breaker note when a call was cancelled?",
    )


def diagnose_probes(probes: Probes) -> Hint:
    if probes.crowd == 0:
        return Hint(
            "never-tries",
            f"{OPEN_SECONDS} s after it had opened, {CROWD} customers came, and the stock was "
            "not asked once. How will your breaker learn that it is well?",
        )
    if probes.crowd > 1:
        return Hint(
            "everyone-tries",
            f"When it was time to try, {probes.crowd} of {CROWD} customers reached the stock "
            "at once. What tells the second that the first is under way?",
        )
    if probes.after_leaving == 0:
        return Hint(
            "probe-lost",
            f"The customer of the probe went away, and of the next {CROWD} nobody was let "
            "through. Who gives back the right to try when a call is cancelled?",
        )
    if probes.after_leaving > 1:
        return Hint(
            "gone-closes",
            f"The customer of the probe went away, and then {probes.after_leaving} of {CROWD} "
            "reached a stock that hangs. Was that probe a success?",
        )
    if probes.after_failing:
        return Hint(
            "failed-probe-forgotten",
            f"The probe failed, and {probes.after_failing} of the next 3 calls were made. What "
            "is the state after a probe that fails, and since when?",
        )
    return Hint(
        "never-closes",
        f"The stock was well again, and {OPEN_SECONDS + SECONDS_TO_CLOSE} s later three "
        "customers in a row were still not served. What closes your breaker?",
    )


@pytest.mark.control
def test_control(untouched: Path, stock: Stock) -> None:
    """The untouched service asks a stock that errs as often as customers ask."""
    with start_shop(untouched, "untouched", stock.url, 5, 60) as shop:
        stock.tell("errs")
        ask_often(shop, ASKED)
    expect(
        stock.calls() == ASKED,
        done=f"the stock answered with a 500, and {ASKED} customers asked",
        expected=f"{ASKED} calls at the stock",
        seen=f"{stock.calls()} calls",
    )


def test_stays_closed_on_404(errors: Errors) -> None:
    """A 404 does not open it."""
    expect(
        errors.misses == ASKED,
        done=f"{ASKED} customers asked for what does not exist",
        expected=f"{ASKED} calls at the stock",
        seen=f"{errors.misses} calls",
        hint=diagnose_errors(errors),
    )


def test_opens_on_errors(errors: Errors) -> None:
    """Five errors open it."""
    expect(
        errors.errors == FAILURES,
        done=f"the stock answered with a 500, and {ASKED} customers asked",
        expected=f"{FAILURES} calls at the stock",
        seen=f"{errors.errors} calls",
        hint=diagnose_errors(errors),
    )


def test_opens_on_a_share_of_errors(errors: Errors) -> None:
    """Four errors in five calls open it."""
    expect(
        errors.falters == FAILURES + 1,
        done=f"four calls of five failed, and {2 * ASKED} customers asked",
        expected=f"{FAILURES + 1} calls at the stock",
        seen=f"{errors.falters} calls",
        hint=diagnose_errors(errors),
    )


def test_opens_on_silence(silence: Silence) -> None:
    """Time-outs and refused connections open it."""
    expect(
        silence.together,
        done="three calls were not answered in time, two were refused",
        expected="the breaker is open",
        seen="open" if silence.together else "closed",
        hint=diagnose_silence(silence),
    )


def test_a_customer_who_goes_away_is_no_news(after_gone: int) -> None:
    """A customer who goes away is neither a failure nor a success."""
    expect(
        after_gone == 1,
        done=f"four errors, then {GONE} customers went away, then errors again",
        expected="1 call more at the stock",
        seen=f"{after_gone} calls",
        hint=diagnose_customers(after_gone),
    )


def test_one_call_tries(probes: Probes) -> None:
    """When it was open for long enough, one call tries, and if its customer goes, another."""
    expect(
        probes.crowd == probes.after_leaving == 1,
        done=f"{CROWD} customers came at once, the probe's customer left, {CROWD} more came",
        expected="1 call at the stock each time",
        seen=f"{probes.crowd}, then {probes.after_leaving}",
        hint=diagnose_probes(probes),
    )


def test_closes_again(probes: Probes) -> None:
    """A probe that fails keeps it open; one that succeeds closes it."""
    expect(
        not probes.after_failing and probes.closed,
        done="the probe failed, three more asked; then the stock was well",
        expected="0 of the three reached the stock; then customers are served",
        seen=f"{probes.after_failing} of three; then "
        + ("served" if probes.closed else "not served"),
        hint=diagnose_probes(probes),
    )
