"""
A provider counts the connections over which it is asked: one after the other, sixty at a time.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from workbench import Process, Traffic, start, traffic, wait_until
from workbench.checks import Hint, ask, expect, record

ONE_BY_ONE = 10
CUSTOMERS, ROUNDS = 60, 4
MOST_CONNECTIONS = 2 * CUSTOMERS  # for all rounds; a client that throws away opens over 170
SECONDS_TO_GATHER = 5


class Counts(NamedTuple):
    """
    What the provider has counted.
    """

    requests: int
    connections: int
    open: int
    most_waiting: int
    asked_to_close: int


def count(provider: Process) -> Counts:
    return Counts(**json.loads(ask(provider, "/counts").text))


class OneByOne(NamedTuple):
    """
    What requests one after the other needed.
    """

    answered: int
    connections: int
    asked_to_close: int
    processor_seconds: float


def one_by_one(service: Process, provider: Process) -> OneByOne:
    before, process = count(provider), psutil.Process(service.pid)
    seconds = -sum(process.cpu_times()[:2])
    answered = 0
    while answered < ONE_BY_ONE and ask(service, "/price").status == 200:
        answered += 1
    seconds += sum(process.cpu_times()[:2])
    after = count(provider)
    return OneByOne(
        answered,
        after.connections - before.connections,
        after.asked_to_close - before.asked_to_close,
        seconds,
    )


class Together(NamedTuple):
    """
    What rounds of sixty customers at a time needed.
    """

    requests: int
    answered: int
    connections: int
    most_waiting: int


def all_answered(load: Traffic) -> bool:
    return len(load.samples) == CUSTOMERS


def together(service: Process, provider: Process) -> tuple[Together, Traffic]:
    """
    Send sixty customers at a time, as often as all of them reach the provider at once.
    """
    before = count(provider)
    requests = answered = 0
    for _ in range(ROUNDS):
        ask(provider, f"/gather/{CUSTOMERS}", method="PUT")
        url = f"{service.url}/price"
        with traffic(url, rate=600, requests=CUSTOMERS, timeout=15) as load:
            wait_until(partial(all_answered, load), SECONDS_TO_GATHER)
            ask(provider, "/gather/0", method="PUT")
        requests += CUSTOMERS
        answered += load.count("ok")
        if count(provider).most_waiting < CUSTOMERS:
            break
    after = count(provider)
    connections = after.connections - before.connections
    return Together(requests, answered, connections, after.most_waiting), load


class Lives(NamedTuple):
    """
    What two lives of the app in one process left.
    """

    left_open: int  # after the first
    answered: bool  # in the second


def live_again(service: Process, provider: Process, open_before: int) -> Lives:
    """
    End the first life of the app, see what it left open, and ask in the second.
    """
    service.send("SIGTERM")
    service.wait_log("the first life is over")
    wait_until(lambda: count(provider).open == open_before, 1)
    left_open = count(provider).open - open_before
    service.wait_log("Uvicorn running", times=2)
    return Lives(left_open, ask(service, "/price").status == 200)


class Found(NamedTuple):
    """
    All that is known about a service.
    """

    alone: OneByOne
    together: Together | None  # not tried with a service that keeps no connection at all
    lives: Lives | None
    processor_ratio: float  # of the seconds that the untouched service took for the same


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    return diagnose_alone(found) or diagnose_together(found)


def diagnose_alone(found: Found) -> Hint | None:
    """
    Of requests one after the other.
    """
    alone = found.alone
    if alone.asked_to_close:
        return Hint(
            "asks-to-close",
            f"{alone.asked_to_close} of {ONE_BY_ONE} requests said `Connection: close`. "
            "What is the provider to do with a connection after that?",
        )
    if alone.connections > 1 and found.processor_ratio > 0.5:
        return Hint(
            "new-client-each-time",
            f"{ONE_BY_ONE} requests, {alone.connections} connections, and as much work for the "
            "processor as before. What is made anew for every request, and what is in it?",
        )
    if alone.connections > 1:
        return Hint(
            "hangs-up-each-time",
            f"It takes less work than before, but {ONE_BY_ONE} requests still need "
            f"{alone.connections} connections. Who owns a connection, and how long does the "
            "owner live?",
        )
    return None


def diagnose_together(found: Found) -> Hint | None:
    """
    Of many at a time, and of the app's end.
    """
    crowd, lives = found.together, found.lives
    if crowd and crowd.most_waiting < CUSTOMERS:
        return Hint(
            "queues-inside",
            f"Of {CUSTOMERS} customers at a time, {crowd.most_waiting} reached the provider. "
            "Where were the others, and which number says so?",
        )
    if crowd and crowd.connections > MOST_CONNECTIONS:
        return Hint(
            "throws-away",
            f"{crowd.requests} requests, {CUSTOMERS} at a time, took {crowd.connections} "
            "connections. When sixty answers are there at once, how many connections may be "
            "kept for the next sixty?",
        )
    if lives and lives.left_open:
        return Hint(
            "never-closed",
            f"The app had ended, and the provider still had {lives.left_open} of its "
            "connections open. Who closes the client, and when?",
        )
    if lives and not lives.answered:
        return Hint(
            "lives-only-once",
            "Run a second time in the same process, it cannot ask the provider any more. "
            "When is your client made: with the module, or with the app's life?",
        )
    return None


@pytest.fixture(scope="module")
def provider(untouched: Path) -> Iterator[Process]:
    with start(
        "python provider.py {port}", ready="/counts", name="provider", cwd=untouched
    ) as provider:
        yield provider


@pytest.fixture(scope="module")
def before(untouched: Path, provider: Process) -> OneByOne:
    """
    What the untouched service needs.
    """
    with start(
        "python service.py {port}",
        ready="/healthz",
        name="untouched",
        cwd=untouched,
        env={"PROVIDER": provider.url},
    ) as service:
        return one_by_one(service, provider)


@pytest.fixture(scope="module")
def found(attempt: Path, provider: Process, before: OneByOne) -> Found:
    env = {"PROVIDER": provider.url}
    command, crowd, load, lives = "python lives.py {port}", None, None, None
    with start(command, ready="/healthz", name="yours", cwd=attempt, env=env) as service:
        open_before = count(provider).open
        alone = one_by_one(service, provider)
        if alone.connections == 1:
            crowd, load = together(service, provider)
            lives = live_again(service, provider, open_before)
        service.kill()
    record("yours", load, service)
    return Found(alone, crowd, lives, alone.processor_seconds / before.processor_seconds)


@pytest.mark.control
def test_control(before: OneByOne) -> None:
    """The untouched service opens a connection for every request."""
    expect(
        before.answered == before.connections == ONE_BY_ONE,
        done=f"{ONE_BY_ONE} requests, one after the other",
        expected=f"{ONE_BY_ONE} answered, {ONE_BY_ONE} connections at the provider",
        seen=f"{before.answered} answered, {before.connections} connections",
    )


def test_one_connection_for_one_customer(found: Found) -> None:
    """Requests one after the other need one connection."""
    alone = found.alone
    expect(
        alone.answered == ONE_BY_ONE and alone.connections == 1,
        done=f"{ONE_BY_ONE} requests, one after the other",
        expected=f"{ONE_BY_ONE} answered, 1 connection at the provider",
        seen=f"{alone.answered} answered, {alone.connections} connections",
        hint=diagnose(found),
    )


def test_sixty_customers_reach_the_provider(found: Found) -> None:
    """Sixty customers at a time reach the provider at once, and are answered."""
    crowd = found.together
    expect(
        crowd and crowd.most_waiting == CUSTOMERS and crowd.answered == crowd.requests,
        done=f"{CUSTOMERS} customers at a time",
        expected=f"{CUSTOMERS} requests at the provider at once, all answered",
        seen=f"{crowd.most_waiting} at once, {crowd.answered} of {crowd.requests} answered"
        if crowd
        else "not tried, since no connection is kept",
        hint=diagnose(found),
    )


def test_the_next_sixty_use_the_same_connections(found: Found) -> None:
    """The next sixty use the connections of the sixty before."""
    crowd = found.together
    expect(
        crowd
        and crowd.requests == ROUNDS * CUSTOMERS
        and crowd.connections <= MOST_CONNECTIONS,
        done=f"{ROUNDS} times {CUSTOMERS} customers at a time",
        expected=f"at most {MOST_CONNECTIONS} connections for {ROUNDS * CUSTOMERS} requests",
        seen=f"{crowd.connections} connections for {crowd.requests} requests"
        if crowd
        else "not tried, since no connection is kept",
        hint=diagnose(found),
    )


def test_closes_its_connections_and_lives_again(found: Found) -> None:
    """When the app ends it closes its connections, and it can live again."""
    lives = found.lives
    expect(
        lives and not lives.left_open and lives.answered,
        done="the app is run twice in one process",
        expected="no connection is left open after the first life; an answer in the second",
        seen=f"{lives.left_open} left open; {'an' if lives.answered else 'no'} answer"
        if lives
        else "not tried, since no connection is kept",
        hint=diagnose(found),
    )
