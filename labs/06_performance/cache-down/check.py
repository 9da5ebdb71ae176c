"""
Redis freezes, comes back and is gone, while customers ask for a price.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from redis import Redis

from workbench import (
    PostgresServer,
    Process,
    Traffic,
    postgres_server,
    redis_server,
    start,
    traffic,
    wait_until,
)
from workbench.checks import expect, explanation, record

REQUESTS = 20
PATIENCE = 2  # seconds that a customer waits
SECONDS_TO_RETURN = 3
FROZEN = f"SIGSTOP to Redis, then {REQUESTS} requests"
GONE = f"SIGKILL to Redis, then {REQUESTS} requests"
SCHEMA = """
    CREATE SEQUENCE queries;
    CREATE TABLE prices (price text NOT NULL);
    INSERT INTO prices VALUES ('');
    CREATE FUNCTION price_of_the_day() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('queries');
        RETURN price FROM prices;
    END $$
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        with psycopg.connect(server.url) as database:
            database.execute(SCHEMA)
        yield server


class Shop:
    """
    The service, a Redis to be frozen and killed, and what the database counts.
    """

    def __init__(self, folder: Path, name: str, postgres: PostgresServer, seed: int) -> None:
        redis = redis_server(own=True)
        assert redis.process is not None
        self.redis: Process = redis.process
        self.redis_url = redis.url
        self.database = psycopg.connect(postgres.url, autocommit=True)
        self.draw = random.Random(f"{seed} {name}")
        self.change_price()
        env = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url}
        command = "uvicorn service:app --port {port}"
        self.service = start(
            command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15
        )

    def change_price(self) -> None:
        self.price = f"{self.draw.randrange(100, 10_000) / 100:.2f}"
        self.database.execute("UPDATE prices SET price = %s", [self.price])

    def queries(self) -> int:
        """
        How many queries the database has answered.
        """
        row = self.database.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM queries"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def ask(self, requests: int) -> Traffic:
        url = f"{self.service.url}/price"
        with traffic(url, rate=40, requests=requests, timeout=PATIENCE) as load:
            load.wait(requests)
        return load

    def uses_cache(self) -> bool:
        """
        Whether a customer, and another one after the first, costs no query.
        """
        self.ask(1)
        before = self.queries()
        return self.right(self.ask(1)) == 1 and self.queries() == before

    def right(self, load: Traffic) -> int:
        """
        How many customers got the price.
        """
        return sum(s.outcome == "ok" and s.body == self.price for s in load.samples)

    def remembers_by_itself(self) -> bool:
        """
        Whether somebody else than Redis still knows the price of before: it has changed, and
        Redis was emptied.
        """
        before = self.price
        self.change_price()
        with Redis.from_url(self.redis_url) as cache:
            cache.flushall()
        return [sample.body for sample in self.ask(1).samples] == [before]

    def keeps_for_ever(self) -> bool:
        """
        Whether the price stands in Redis without an end.
        """
        with Redis.from_url(self.redis_url) as cache:
            keys = [key for key in cache.scan_iter() if cache.type(key) == b"string"]
            prices = [key for key in keys if self.price.encode() in (cache.get(key) or b"")]
            return any(cache.ttl(key) < 0 for key in prices)

    def stop(self) -> None:
        self.redis.kill()
        self.service.kill()
        self.database.close()


class Seen(NamedTuple):
    """
    What customers saw of Redis' troubles.
    """

    price: str
    cached: bool  # before them
    elsewhere: bool  # than in Redis
    for_ever: bool  # what is cached
    frozen: Traffic
    right: int  # prices, meanwhile
    queries: int  # that the database answered meanwhile
    returned: bool
    gone: Traffic
    right_at_last: int

    @property
    def late(self) -> int:
        return self.frozen.count("timed out")

    @property
    def errors(self) -> int:
        return max(self.frozen.count("error"), self.gone.count("error"))

    @property
    def without(self) -> int:
        """
        Customers who got no price when Redis was gone.
        """
        return REQUESTS - self.right_at_last

    @property
    def anything(self) -> str | None:
        """
        What a customer got instead of the price, with status 200.
        """
        answers = [
            s.body for s in (*self.frozen.samples, *self.gone.samples) if s.outcome == "ok"
        ]
        return next((repr(body) for body in answers if body != self.price), None)


def trouble(shop: Shop) -> Seen:
    """
    Empty Redis, freeze it, thaw it, kill it.
    """
    cached = wait_until(shop.uses_cache, SECONDS_TO_RETURN)
    elsewhere = shop.remembers_by_itself()
    wait_until(shop.uses_cache, SECONDS_TO_RETURN)
    for_ever = shop.keeps_for_ever()
    before = shop.queries()
    shop.redis.send("SIGSTOP")
    frozen = shop.ask(REQUESTS)
    queries = shop.queries() - before
    shop.redis.send("SIGCONT")
    returned = wait_until(shop.uses_cache, SECONDS_TO_RETURN)
    shop.redis.kill()
    gone = shop.ask(REQUESTS)
    return Seen(
        price=shop.price,
        cached=cached,
        elsewhere=elsewhere,
        for_ever=for_ever,
        frozen=frozen,
        right=shop.right(frozen),
        queries=queries,
        returned=returned,
        gone=gone,
        right_at_last=shop.right(gone),
    )


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.late and seen.without:
        yield "needs-the-cache"
    if seen.late:
        yield "falls-back-too-late"
    if seen.frozen.count("error") and seen.queries:
        yield "stumbles-over-storing"
    if seen.errors:
        yield "gives-up"
    if seen.elsewhere:
        yield "remembers-by-itself"
    if seen.anything:
        yield "answers-anything"
    if not seen.cached:
        yield "never-caches"
    if not seen.returned:
        yield "never-comes-back"
    if seen.for_ever:
        yield "keeps-for-ever"


@pytest.mark.control
def test_control(untouched: Path, postgres: PostgresServer, seed: int) -> None:
    """While Redis is frozen, the untouched service answers nobody."""
    shop = Shop(untouched, "untouched", postgres, seed)
    shop.redis.send("SIGSTOP")
    load = shop.ask(REQUESTS)
    shop.stop()
    record("untouched", load, shop.service)

    expect(
        shop.right(load) < REQUESTS,
        done=FROZEN,
        expected="fewer answered in time",
        seen=f"{shop.right(load)} answered in time",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, postgres: PostgresServer, seed: int) -> Seen:
    shop = Shop(attempt, "yours", postgres, seed)
    found = trouble(shop)
    shop.stop()
    record("yours", found.frozen, shop.service)
    return found


def test_frozen(seen: Seen) -> None:
    """While Redis is frozen, every customer gets the price in time."""
    expect(
        seen.right == REQUESTS,
        done=FROZEN,
        expected=f"{REQUESTS} prices within {PATIENCE} s each",
        seen=f"{seen.right} prices",
        hint=explain(seen),
    )


def test_used_again(seen: Seen) -> None:
    """Before and after that, the cache is used."""
    expect(
        seen.cached and seen.returned,
        done="two customers before SIGSTOP to Redis, and two after SIGCONT",
        expected="the second one costs no query",
        seen=f"before: {'no' if seen.cached else 'a'} query,"
        f" after: {'no' if seen.returned else 'a'} query",
        hint=explain(seen),
    )


def test_redis_alone_knows_it(seen: Seen) -> None:
    """The price is kept in Redis alone: when that is emptied, the database is asked."""
    expect(
        not seen.elsewhere,
        done="the price has changed, and Redis was emptied; then a customer asks",
        expected="not the price of before",
        seen="the price of before" if seen.elsewhere else "not the price of before",
        hint=explain(seen),
    )


def test_good_for_a_while(seen: Seen) -> None:
    """What Redis keeps is good for a while, and no longer."""
    expect(
        not seen.for_ever,
        done="a customer had asked, and Redis was asked for how long it keeps the price",
        expected="for a while",
        seen="for ever" if seen.for_ever else "for a while",
        hint=explain(seen),
    )


def test_gone(seen: Seen) -> None:
    """When Redis is gone, every customer gets the price."""
    expect(
        seen.right_at_last == REQUESTS,
        done=GONE,
        expected=f"{REQUESTS} prices within {PATIENCE} s each",
        seen=f"{seen.right_at_last} prices",
        hint=explain(seen),
    )
