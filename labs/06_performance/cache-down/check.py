"""
Redis freezes, comes back and is gone, while customers ask for a price.
"""

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
from workbench.checks import Hint, expect, record

REQUESTS = 20
PATIENCE = 2  # seconds that a customer waits
SECONDS_TO_RETURN = 3
PRICE = "42.00"
A_MINUTE = range(45, 76)  # seconds; when Redis is asked some have passed, and some are drawn
FEW_SECONDS = 20
FROZEN = f"SIGSTOP to Redis, then {REQUESTS} requests"
GONE = f"SIGKILL to Redis, then {REQUESTS} requests"
SCHEMA = f"""
    CREATE SEQUENCE queries;
    CREATE FUNCTION price_of_the_day() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('queries');
        RETURN '{PRICE}';
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

    def __init__(self, folder: Path, name: str, postgres: PostgresServer) -> None:
        redis = redis_server(own=True)
        assert redis.process is not None
        self.redis: Process = redis.process
        self.redis_url = redis.url
        self.database = psycopg.connect(postgres.url, autocommit=True)
        env = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url}
        command = "uvicorn service:app --port {port}"
        self.service = start(
            command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15
        )

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
        return right(self.ask(1)) == 1 and self.queries() == before

    def look_at_price(self) -> "Kept":
        """
        How the price stands in Redis, and whether who reads it makes it stay.
        """
        with Redis.from_url(self.redis_url) as cache:
            keys = [key for key in cache.scan_iter() if cache.type(key) == b"string"]
            prices = [key for key in keys if PRICE.encode() in (cache.get(key) or b"")]
            seconds = [int(cache.ttl(key)) for key in prices]
            for key in prices:
                cache.expire(key, FEW_SECONDS)
            before = self.queries()
            self.ask(1)
            longer = any(cache.ttl(key) > FEW_SECONDS for key in prices)
        return Kept(seconds, longer and self.queries() == before)

    def stop(self) -> None:
        self.redis.kill()
        self.service.kill()
        self.database.close()


def right(load: Traffic) -> int:
    """
    How many customers got the price.
    """
    return sum(sample.outcome == "ok" and sample.body == PRICE for sample in load.samples)


class Kept(NamedTuple):
    """
    For how long the price stands in Redis.
    """

    seconds: list[int]  # of each key that has it; less than none for one without an end
    by_reading: bool  # whether it stays for longer, because somebody has read it

    @property
    def for_ever(self) -> bool:
        return any(each < 0 for each in self.seconds)

    @property
    def for_a_minute(self) -> bool:
        return not self.for_ever and any(each in A_MINUTE for each in self.seconds)

    def __str__(self) -> str:
        if self.for_ever:
            return "for ever"
        if self.by_reading:
            return "for longer each time that it is read"
        return "for a minute" if self.for_a_minute else f"for {max(self.seconds, default=0)} s"


class Seen(NamedTuple):
    """
    What customers saw of Redis' troubles.
    """

    cached: bool  # before them
    kept: Kept
    frozen: Traffic
    queries: int  # that the database answered meanwhile
    returned: bool
    gone: Traffic


def trouble(shop: Shop) -> Seen:
    """
    Freeze Redis, thaw it, kill it.
    """
    cached = wait_until(shop.uses_cache, SECONDS_TO_RETURN)
    kept = shop.look_at_price()
    before = shop.queries()
    shop.redis.send("SIGSTOP")
    frozen = shop.ask(REQUESTS)
    queries = shop.queries() - before
    shop.redis.send("SIGCONT")
    returned = wait_until(shop.uses_cache, SECONDS_TO_RETURN)
    shop.redis.kill()
    gone = shop.ask(REQUESTS)
    return Seen(cached, kept, frozen, queries, returned, gone)


def diagnose(seen: Seen) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    frozen, gone = seen.frozen, seen.gone
    errors = frozen.count("error")
    if frozen.count("timed out"):
        return waits_too_long(frozen.count("timed out"), REQUESTS - right(gone))
    if errors and seen.queries:
        return Hint(
            "stumbles-over-storing",
            f"The database answered {seen.queries} queries, and yet {errors} of {REQUESTS} "
            "customers got an error. What did your service do with the price in between?",
        )
    if errors := max(errors, gone.count("error")):
        return Hint(
            "gives-up",
            f"Without Redis {errors} of {REQUESTS} customers got an error, and a frozen one "
            f"made {seen.queries} queries. Who else knows the price?",
        )
    answers = [s.body for s in (*frozen.samples, *gone.samples) if s.outcome == "ok"]
    if wrong := [body for body in answers if body != PRICE]:
        return Hint(
            "answers-anything",
            f"Customers got status 200 and {wrong[0]!r} instead of the price {PRICE}. Is an "
            "error of the cache the same as an answer?",
        )
    return diagnose_use(seen)


def diagnose_use(seen: Seen) -> Hint | None:
    """
    Of a cache that is well.
    """
    if not seen.cached:
        return Hint(
            "never-caches",
            "The database is asked for every customer, even while all is well. "
            "What is Redis there for?",
        )
    if not seen.returned:
        return Hint(
            "never-comes-back",
            f"{SECONDS_TO_RETURN} s after Redis came back, every customer still costs a query. "
            "What makes your service try it again?",
        )
    if seen.kept.for_ever:
        return Hint(
            "keeps-for-ever",
            "The price stands in Redis without an end. Tomorrow's is another one: when will "
            "customers see it?",
        )
    if seen.kept.by_reading:
        return Hint(
            "longer-by-reading",
            "A customer read the price, and it stands in Redis for longer than before. Whose "
            "minute is it, and when does a price end that somebody reads each second?",
        )
    if not seen.kept.for_a_minute:
        return Hint(
            "another-time",
            f"The price stands in Redis {seen.kept}. For how long is it good, and who has said "
            "so?",
        )
    return None


def waits_too_long(late: int, without: int) -> Hint:
    """
    Customers waited in vain for a frozen Redis; and without one, some got no price?
    """
    if without:
        return Hint(
            "needs-the-cache",
            f"{late} of {REQUESTS} customers waited in vain for a frozen Redis, and "
            f"{without} got no price when it was gone. How long, and for what, does your "
            "client wait by default, and what do you do when it gives up?",
        )
    return Hint(
        "falls-back-too-late",
        f"With Redis gone all got their price, with Redis frozen {late} of {REQUESTS} "
        "waited in vain. Who is to tell your client that nothing comes any more, for a "
        "connection and for an answer?",
    )


@pytest.mark.control
def test_control(untouched: Path, postgres: PostgresServer) -> None:
    """While Redis is frozen, the untouched service answers nobody."""
    shop = Shop(untouched, "untouched", postgres)
    shop.redis.send("SIGSTOP")
    load = shop.ask(REQUESTS)
    shop.stop()
    record("untouched", load, shop.service)

    expect(
        right(load) < REQUESTS,
        done=FROZEN,
        expected="fewer answered in time",
        seen=f"{right(load)} answered in time",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, postgres: PostgresServer) -> Seen:
    shop = Shop(attempt, "yours", postgres)
    found = trouble(shop)
    shop.stop()
    record("yours", found.frozen, shop.service)
    return found


def test_frozen(seen: Seen) -> None:
    """While Redis is frozen, every customer gets the price in time."""
    expect(
        right(seen.frozen) == REQUESTS,
        done=FROZEN,
        expected=f"{REQUESTS} prices within {PATIENCE} s each",
        seen=f"{right(seen.frozen)} prices",
        hint=diagnose(seen),
    )


def test_used_again(seen: Seen) -> None:
    """Before and after that, the cache is used."""
    expect(
        seen.cached and seen.returned,
        done="two customers before SIGSTOP to Redis, and two after SIGCONT",
        expected="the second one costs no query",
        seen=f"before: {'no' if seen.cached else 'a'} query,"
        f" after: {'no' if seen.returned else 'a'} query",
        hint=diagnose(seen),
    )


def test_good_for_a_while(seen: Seen) -> None:
    """What Redis keeps is good for a minute, whoever reads it."""
    expect(
        seen.kept.for_a_minute and not seen.kept.by_reading,
        done="a customer had asked, and Redis was asked for how long it keeps the price; once "
        "more, after another customer had asked",
        expected="for a minute",
        seen=seen.kept,
        hint=diagnose(seen),
    )


def test_gone(seen: Seen) -> None:
    """When Redis is gone, every customer gets the price."""
    expect(
        right(seen.gone) == REQUESTS,
        done=GONE,
        expected=f"{REQUESTS} prices within {PATIENCE} s each",
        seen=f"{right(seen.gone)} prices",
        hint=diagnose(seen),
    )
