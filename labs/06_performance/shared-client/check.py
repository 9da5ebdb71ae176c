"""
A provider counts the connections over which it is asked: one after the other, sixty at a time.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from workbench import Process, Traffic, start, traffic, wait_until
from workbench.checks import Run, ask, expect, explanation, record

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


def together(service: Process, provider: Process) -> tuple[Together, Run]:
    """
    Send sixty customers at a time, as often as all of them reach the provider at once; the
    rounds in one picture, after each how many connections there were so far.
    """
    before = count(provider)
    run = Run([], [(0.0, "the first sixty")])
    for _ in range(ROUNDS):
        ask(provider, f"/gather/{CUSTOMERS}", method="PUT")
        url = f"{service.url}/price"
        with traffic(url, rate=600, requests=CUSTOMERS, timeout=15) as load:
            wait_until(partial(all_answered, load), SECONDS_TO_GATHER)
            ask(provider, "/gather/0", method="PUT")
        after = count(provider)
        append(run, load, f"{after.connections - before.connections} connections")
        if after.most_waiting < CUSTOMERS:
            break
    connections = after.connections - before.connections
    seen = Together(len(run.samples), run.count("ok"), connections, after.most_waiting)
    return seen, run


def append(run: Run, load: Traffic, mark: str) -> None:
    """
    Put a load behind what was run so far, and a mark at its end.
    """
    (begin, _) = run.marks[-1]
    for sample in load.samples:
        times = {name: begin + getattr(sample, name) for name in ("scheduled", "sent", "done")}
        run.samples.append(replace(sample, **times))
    run.marks.append((max(sample.done for sample in run.samples), mark))


class Lives(NamedTuple):
    """
    What two lives of the app in one process left.
    """

    left_open: int  # after the first
    answered: bool  # in the second


def live_again(service: Process, provider: Process, open_before: int) -> Lives:
    """
    End the first life of the app, see what it left open before the second begins, and ask in
    that.
    """
    service.send("SIGTERM")
    service.wait_log("the first life is over")
    wait_until(lambda: count(provider).open == open_before, 1)
    left_open = count(provider).open - open_before
    service.send("SIGUSR1")
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


@explanation
def explain(found: Found) -> Iterator[str]:
    alone, crowd, lives = found.alone, found.together, found.lives
    if alone.asked_to_close:
        yield "asks-to-close"
    if alone.connections > 1 and found.processor_ratio > 0.5:
        yield "new-client-each-time"
    if alone.connections > 1:
        yield "hangs-up-each-time"
    if crowd and crowd.most_waiting < CUSTOMERS:
        yield "queues-inside"
    if crowd and crowd.connections > MOST_CONNECTIONS:
        yield "throws-away"
    if lives and lives.left_open:
        yield "never-closed"
    if lives and not lives.answered:
        yield "lives-only-once"


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
        hint=explain(found),
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
        hint=explain(found),
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
        hint=explain(found),
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
        hint=explain(found),
    )
