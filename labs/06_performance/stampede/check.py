"""
A hot answer has expired, and a hundred readers ask two processes while the query is held.
Then a query fails; and of two processes more, one is killed that asks.
"""

import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import PostgresServer, Process, RedisServer, Traffic, traffic, wait_until
from workbench.checks import (
    Run,
    ask,
    expect,
    explanation,
    patience,
    record,
    start_service,
)

READERS, PROCESSES = 100, 2
FRESH_SECONDS, QUERY_SECONDS = 2, 2  # as long as the machine is not slow
NEARLY_ALL = 0.85  # of the seconds that a query may take, the first one is held
ENDED = 0.93  # … and when it was held for so long, the database may have ended it
TRIES = 3  # on a machine that was slow for a moment
LATE = 0.8  # of the seconds that an answer is good: then the other process reads it
SECONDS_TO_RECOVER = 6
DONE = f"the answer expired, then {READERS} readers asked {PROCESSES} processes for it"
KILLED = "a process was killed while it asked the database, and a reader waited at the other"
GATE = 1  # the advisory lock that holds the query back
SCHEMA = """
    CREATE SEQUENCE queries;
    CREATE TABLE books (names text);  -- none: the query fails
    INSERT INTO books VALUES ('');
    CREATE FUNCTION bestsellers() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('queries');
        PERFORM pg_advisory_lock_shared(1);
        PERFORM pg_advisory_unlock_shared(1);
        IF (SELECT names FROM books) IS NULL THEN
            RAISE query_canceled USING MESSAGE = 'canceling statement due to statement timeout';
        END IF;
        RETURN names FROM books;
    END $$
"""


class Shop:
    """
    What the service stands on, and what the check draws and does there.
    """

    def __init__(self, redis: RedisServer, database: psycopg.Connection, seed: int) -> None:
        self.redis, self.database = redis, database
        self.draw = random.Random(seed)
        self.answers: list[str] = []  # that were true, the last one is
        self.query_seconds = math.ceil(QUERY_SECONDS * patience())
        self.fresh_seconds = math.ceil(FRESH_SECONDS * patience())
        database.execute(SCHEMA)

    def start(
        self, folder: Path, name: str, url: str, *, for_seconds: bool = True
    ) -> list[Process]:
        """
        Two processes, as behind a balancer; what they keep is good for seconds, or as usual.
        """
        env = {
            "REDIS_URL": self.redis.url,
            "DATABASE_URL": url,
            "QUERY_SECONDS": str(self.query_seconds),
        }
        if for_seconds:
            env["FRESH_SECONDS"] = str(self.fresh_seconds)
        names = [f"{name}, process {number}" for number in range(1, PROCESSES + 1)]
        return [start_service(folder, each, env=env) for each in names]

    def sell(self) -> None:
        """
        Have other bestsellers from now on.
        """
        self.answers.append(f"book {self.draw.randrange(1_000_000)}")
        self.database.execute("UPDATE books SET names = %s", [self.answers[-1]])

    def fail(self) -> None:
        """
        Let every query fail from now on, as one that takes too long, until there are others.
        """
        self.database.execute("UPDATE books SET names = NULL")

    def queries(self) -> int:
        """
        How many queries the database has begun.
        """
        row = self.database.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM queries"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def watch(self, before: int) -> list[float]:
        """
        When queries have begun, for nearly as long as the first one may take; or until there is
        more than one for each process.
        """
        moments: list[float] = []

        def is_over() -> bool:
            moments.extend([time.monotonic()] * (self.queries() - before - len(moments)))
            held = time.monotonic() - moments[0] if moments else 0
            return len(moments) > PROCESSES or held > NEARLY_ALL * self.query_seconds

        wait_until(is_over, 5 + QUERY_SECONDS)
        return moments

    def hold(self) -> None:
        """
        Hold back every query from now on.
        """
        self.database.execute("SELECT pg_advisory_lock(%s)", [GATE])

    def let_go(self) -> None:
        self.database.execute("SELECT pg_advisory_unlock(%s)", [GATE])


class Stampede(NamedTuple):
    """
    What a hundred readers and the database saw after the answer had expired.
    """

    run: Run
    begun: int  # queries, before the first of them was let go
    seconds: float  # from the first of these to the second
    answered_meanwhile: int  # readers who did not wait for it
    answered: int
    queries: int  # in all
    spoilt: bool  # the first of them may have been ended by the database

    @property
    def lost(self) -> int:
        return READERS - self.answered


class Seen(NamedTuple):
    """
    All that is known of a service.
    """

    stampede: Stampede
    expired: bool  # in the process that had read it last
    kept: bool  # the new answer, for the next reader
    asked_again: bool  # by each process, after a query that failed
    recovered: bool  # a reader was answered although the process that asked was killed


def expires(services: list[Process], shop: Shop) -> bool:
    """
    Have an answer in the cache that has expired, twice; whether it had the first time in the
    process that had read it late. Of a service that answers nobody, nothing is to expire.
    """
    first, late = services
    shop.sell()
    if ask(first, "/bestsellers", timeout=10).status is None:
        return False
    # Nothing tells when an answer that is kept longer is stale.
    time.sleep(LATE * shop.fresh_seconds)
    ask(late, "/bestsellers", timeout=10)
    time.sleep((1 - LATE) * shop.fresh_seconds)
    shop.sell()

    def is_answered() -> bool:
        return ask(late, "/bestsellers", timeout=10).text == shop.answers[-1]

    expired = wait_until(is_answered, LATE / 2 * shop.fresh_seconds)
    time.sleep(shop.fresh_seconds)
    return expired


def crowd(service: Process, readers: int, timeout: float) -> Traffic:
    return traffic(f"{service.url}/bestsellers", rate=100, requests=readers, timeout=timeout)


def stampede(services: list[Process], shop: Shop) -> Stampede:
    """
    Send all readers, and hold the query for nearly as long as one may take.
    """
    shop.sell()
    each = READERS // PROCESSES
    asked = [sum("asked" in line.text for line in service.log) for service in services]
    before = shop.queries()
    shop.hold()
    with ExitStack() as stack:
        loads = [
            stack.enter_context(crowd(service, each, 4 * shop.query_seconds))
            for service in services
        ]
        moments = shop.watch(before)
        for service, earlier in zip(services, asked, strict=True):
            service.wait_log("asked", times=earlier + each)
        begun = shop.queries() - before
        meanwhile = sum(load.count("ok") for load in loads)
        for load in loads:
            load.mark("the query is let go")
        shop.let_go()
        held = time.monotonic() - moments[0] if moments else 0
    queries = shop.queries() - before
    run = one_run(loads, f"{begun} queries under way", f"{queries} in all")
    return Stampede(
        run=run,
        begun=begun,
        seconds=moments[1] - moments[0] if len(moments) > 1 else 0,
        answered_meanwhile=meanwhile,
        answered=sum(sample.body in shop.answers for sample in run.samples),
        queries=queries,
        spoilt=held > ENDED * shop.query_seconds,
    )


def stampede_in_time(services: list[Process], shop: Shop) -> Stampede:
    """
    The first that was not spoilt by a machine that was slow.
    """
    found = stampede(services, shop)
    for _ in range(TRIES - 1):
        if not found.spoilt:
            break
        time.sleep(shop.fresh_seconds)
        found = stampede(services, shop)
    return found


def one_run(loads: Sequence[Traffic], then: str, at_last: str) -> Run:
    """
    The requests of all loads, on the clock of the first: their first marks are of one moment.
    """
    (first,) = loads[0].marks
    samples = []
    for load in loads:
        later = first[0] - load.marks[0][0]
        samples += [
            replace(
                sample,
                scheduled=sample.scheduled + later,
                sent=sample.sent + later,
                done=sample.done + later,
            )
            for sample in load.samples
        ]
    samples.sort(key=lambda sample: sample.scheduled)
    last = max((sample.done for sample in samples), default=0)
    return Run(samples, [first, (first[0], then), (last, at_last)])


def is_kept(service: Process, shop: Shop) -> bool:
    """
    Whether the next reader is given the new answer, without a query.
    """
    before = shop.queries()
    wait_until(lambda: ask(service, "/bestsellers").text == shop.answers[-1], 1)
    return ask(service, "/bestsellers").text == shop.answers[-1] and shop.queries() == before


def asks_again(services: list[Process], shop: Shop) -> bool:
    """
    Let a query of each process fail; whether the next reader of each is answered.
    """
    for service in services:
        shop.redis.flush()
        shop.fail()
        ask(service, "/bestsellers", timeout=SECONDS_TO_RECOVER * patience())
        shop.sell()

        def is_answered(service: Process = service) -> bool:
            return ask(service, "/bestsellers").text == shop.answers[-1]

        if not wait_until(is_answered, SECONDS_TO_RECOVER * patience()):
            return False
    return True


def recover(services: list[Process], shop: Shop) -> bool:
    """
    Kill the process that asks the database while a reader waits at the other; whether that
    reader is answered in time.
    """
    killed, other = services
    shop.redis.flush()
    shop.sell()
    before = shop.queries()
    shop.hold()
    with crowd(killed, 1, 10):
        wait_until(lambda: shop.queries() > before, 5)
        asked = sum("asked" in line.text for line in other.log)
        with crowd(other, 1, SECONDS_TO_RECOVER * patience()) as reader:
            other.wait_log("asked", times=asked + 1)
            killed.kill()
            shop.let_go()
            reader.wait(1)
    return any(sample.body in shop.answers for sample in reader.samples)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    found = seen.stampede
    if not found.queries:
        yield "never-asks-again"
    if not seen.expired:
        yield "keeps-it-longer"
    if found.begun > 1 and found.seconds > 0.35 * QUERY_SECONDS:
        yield "waits-less-than-a-query"
    if found.begun > PROCESSES and found.answered_meanwhile:
        yield "refreshes-without-lock"
    if found.begun > PROCESSES:
        yield "nobody-waits"
    if found.begun == PROCESSES:
        yield "one-per-process"
    if found.queries > 1:
        yield "no-second-look"
    if found.lost:
        yield "loses-readers"
    yield from explain_endings(seen)


def explain_endings(seen: Seen) -> Iterator[str]:
    """
    Of queries that come to no good end.
    """
    if not seen.asked_again:
        yield "remembers-the-failure"
    if not seen.recovered:
        yield "lock-outlives-its-holder"


@pytest.fixture(scope="module")
def shop(redis: RedisServer, postgres: PostgresServer, seed: int) -> Iterator[Shop]:
    with psycopg.connect(postgres.url, autocommit=True) as database:
        yield Shop(redis, database, seed)


@pytest.mark.control
def test_control(untouched: Path, shop: Shop, postgres: PostgresServer) -> None:
    """The untouched service asks the database many times for one answer."""
    services = shop.start(untouched, "untouched", postgres.url)
    seen = stampede(services, shop)
    record("untouched", seen.run, services[0])
    for service in services:
        service.kill()
    shop.redis.flush()

    expect(
        seen.queries > PROCESSES,
        done=f"the cache was empty, and {READERS} readers asked {PROCESSES} processes",
        expected=f"more than {PROCESSES} queries",
        seen=f"{seen.queries} queries",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, shop: Shop, postgres: PostgresServer) -> Seen:
    services = shop.start(attempt, "yours", postgres.url)
    expired = expires(services, shop)
    found = stampede_in_time(services, shop)
    kept = is_kept(services[1], shop)
    asked_again = asks_again(services, shop)
    record("yours", found.run, services[1])
    for service in services:
        service.kill()  # it might wait for its lock for ever
    recovered = False
    if found.queries:  # or there is nobody to kill who asks
        services = shop.start(attempt, "yours, for a minute", postgres.url, for_seconds=False)
        recovered = recover(services, shop)
        services[1].kill()
    return Seen(found, expired, kept, asked_again, recovered)


def test_one_query(seen: Seen) -> None:
    """One query is enough for a hundred readers, however long it takes."""
    expect.equal(seen.stampede.queries, 1, "queries", done=DONE, hint=explain(seen))


def test_every_reader_is_answered(seen: Seen) -> None:
    """Every reader is answered."""
    expect.equal(seen.stampede.answered, READERS, "answered", done=DONE, hint=explain(seen))


def test_the_answer_is_kept(seen: Seen) -> None:
    """The next reader is given the new answer, without a query."""
    expect(
        seen.kept,
        done=f"{DONE}; then another one asks",
        expected="the new answer, no query",
        seen="so it was" if seen.kept else "another answer, or a query",
        hint=explain(seen),
    )


def test_the_answer_expires(seen: Seen) -> None:
    """When its seconds are over, each process gives the new answer."""
    expect(
        seen.expired,
        done="one process kept an answer, the other read it late; its seconds were over",
        expected="the new answer, from the one that had read it late",
        seen="so it was" if seen.expired else "another one, or none",
        hint=explain(seen),
    )


def test_a_failed_query_is_asked_again(seen: Seen) -> None:
    """After a query that failed, the next reader is answered."""
    expect(
        seen.asked_again,
        done="in each process a query failed; then the database answered again",
        expected=f"the new answer within {SECONDS_TO_RECOVER} s, from each",
        seen="so it was" if seen.asked_again else "not from each",
        hint=explain(seen),
    )


def test_a_killed_holder_holds_nobody_up(seen: Seen) -> None:
    """A process that is killed in the middle of the query holds nobody up for long."""
    expect(
        seen.recovered,
        done=KILLED,
        expected=f"that reader is answered within {SECONDS_TO_RECOVER} s",
        seen="answered" if seen.recovered else "no answer",
        hint=explain(seen),
    )
