"""
A hot answer has expired, and a hundred readers ask for it while the query is held back.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import PostgresServer, Process, RedisServer, Traffic, traffic, wait_until
from workbench.checks import Hint, expect, record, start_service

READERS, WORKERS = 100, 2
FRESH_SECONDS = 2
SECONDS_TO_RECOVER = 6
DONE = f"the answer expired, then {READERS} readers asked before the query was over"
KILLED = "the service was killed while it asked the database, and started again"
GATE = 1  # the advisory lock that holds the query back
SCHEMA = f"""
    CREATE SEQUENCE queries;
    CREATE FUNCTION bestsellers() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('queries');
        PERFORM pg_advisory_lock_shared({GATE});
        PERFORM pg_advisory_unlock_shared({GATE});
        RETURN 'one, two, three';
    END $$
"""


class Parts(NamedTuple):
    """
    What the service stands on, and the check's own connections to it.
    """

    env: dict[str, str]
    database: psycopg.Connection
    redis: RedisServer

    def queries(self) -> int:
        """
        How many queries the database has begun.
        """
        row = self.database.execute(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM queries"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def hold(self) -> None:
        """
        Hold back every query from now on.
        """
        self.database.execute("SELECT pg_advisory_lock(%s)", [GATE])

    def let_go(self) -> None:
        self.database.execute("SELECT pg_advisory_unlock(%s)", [GATE])


@pytest.fixture(scope="module")
def parts(redis: RedisServer, postgres: PostgresServer) -> Iterator[Parts]:
    with psycopg.connect(postgres.url, autocommit=True) as database:
        database.execute(SCHEMA)
        env = {
            "REDIS_URL": redis.url,
            "DATABASE_URL": postgres.url,
            "FRESH_SECONDS": str(FRESH_SECONDS),
        }
        yield Parts(env, database, redis)


class Stampede(NamedTuple):
    """
    What a hundred readers and the database saw after the answer had expired.
    """

    readers: Traffic
    begun: int  # queries, before the first of them was let go
    answered_meanwhile: int  # readers who did not wait for it
    queries: int  # in all


def start_shop(folder: Path, name: str, parts: Parts) -> Process:
    return start_service(folder, name, env=parts.env, workers=WORKERS)


def ask_once(shop: Process, timeout: float) -> Traffic:
    return traffic(f"{shop.url}/bestsellers", rate=50, requests=1, timeout=timeout)


def fill(shop: Process) -> None:
    """
    Have an answer in the cache that has expired.
    """
    with ask_once(shop, timeout=10) as first:
        first.wait(1)
    time.sleep(FRESH_SECONDS)  # nothing tells when an answer that is kept longer is stale


def stampede(shop: Process, parts: Parts) -> Stampede:
    """
    Send all readers while the query is held back.
    """
    asked = sum("asked" in line.text for line in shop.log)
    before = parts.queries()
    parts.hold()
    url = f"{shop.url}/bestsellers"
    with traffic(url, rate=200, requests=READERS, timeout=8) as readers:
        shop.wait_log("asked", times=asked + READERS)
        # The last of them may still be on its way to the database; who waits, never comes.
        wait_until(lambda: parts.queries() - before > WORKERS, 0.3)
        begun, answered = parts.queries() - before, readers.count("ok")
        parts.let_go()
        readers.mark("the query is let go")
    return Stampede(readers, begun, answered, parts.queries() - before)


def recover(folder: Path, name: str, shop: Process, parts: Parts) -> bool:
    """
    Kill the service while it asks the database, start it again; whether it then answers.
    """
    parts.redis.flush()
    before = parts.queries()
    parts.hold()
    with ask_once(shop, timeout=10):
        wait_until(lambda: parts.queries() > before, 5)
        shop.kill()
    parts.let_go()
    again = start_shop(folder, name, parts)
    with ask_once(again, timeout=SECONDS_TO_RECOVER) as reader:
        reader.wait(1)
    record(name, None, again)
    again.kill()  # it might wait for its lock for ever
    return reader.count("ok") == 1


def diagnose(seen: Stampede, recovered: bool) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if seen.begun > WORKERS and seen.answered_meanwhile:
        return Hint(
            "refreshes-without-lock",
            f"{seen.answered_meanwhile} readers got the old answer at once, and yet the "
            f"database began {seen.begun} queries. How many of those readers should go for the "
            "new one?",
        )
    if seen.begun > WORKERS:
        return Hint(
            "nobody-waits",
            f"{seen.begun} queries were under way at once. What tells a reader who finds "
            "nothing that somebody already asks?",
        )
    if seen.begun == WORKERS:
        return Hint(
            "one-per-process",
            f"{WORKERS} queries were under way at once, as many as there are workers. Where is "
            "your lock, who can see it, and for how long does it hold?",
        )
    if seen.queries > 1:
        return Hint(
            "no-second-look",
            f"One query was under way at a time, but the database counts {seen.queries}, one "
            "after the other. What has happened by the time a reader gets the lock?",
        )
    return diagnose_readers(seen, recovered)


def diagnose_readers(seen: Stampede, recovered: bool) -> Hint | None:
    """
    Of those who wait for the one that asks.
    """
    lost = READERS - seen.readers.count("ok")
    if lost:
        return Hint(
            "loses-readers",
            f"{seen.queries} query, but {lost} of {READERS} readers without an answer. "
            "What becomes of those who do not get the lock?",
        )
    if not recovered:
        return Hint(
            "lock-outlives-its-holder",
            f"After the kill nobody was answered for {SECONDS_TO_RECOVER} s. Who lets go of "
            "the lock when its holder no longer can?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path, parts: Parts) -> None:
    """The untouched service asks the database many times for one answer."""
    shop = start_shop(untouched, "untouched", parts)
    seen = stampede(shop, parts)
    shop.kill()
    record("untouched", seen.readers, shop)
    parts.redis.flush()

    expect(
        seen.queries > WORKERS,
        done=f"the cache was empty, and {READERS} readers asked before the query was over",
        expected=f"more than {WORKERS} queries",
        seen=f"{seen.queries} queries",
    )


@pytest.fixture(scope="module")
def judged(attempt: Path, parts: Parts) -> tuple[Stampede, bool]:
    shop = start_shop(attempt, "yours", parts)
    fill(shop)
    seen = stampede(shop, parts)
    record("yours", seen.readers, shop)
    return seen, recover(attempt, "yours", shop, parts)


def test_one_query(judged: tuple[Stampede, bool]) -> None:
    """One query is enough for a hundred readers."""
    seen, _ = judged
    expect(
        seen.queries == 1,
        done=DONE,
        expected="1 query",
        seen=f"{seen.queries} queries",
        hint=diagnose(*judged),
    )


def test_every_reader_is_answered(judged: tuple[Stampede, bool]) -> None:
    """Every reader is answered."""
    seen, _ = judged
    expect(
        seen.readers.count("ok") == READERS,
        done=DONE,
        expected=f"{READERS} answered",
        seen=f"{seen.readers.count('ok')} answered",
        hint=diagnose(*judged),
    )


def test_a_killed_holder_holds_nobody_up(judged: tuple[Stampede, bool]) -> None:
    """A worker that is killed in the middle of the query holds nobody up for long."""
    _, recovered = judged
    expect(
        recovered,
        done=KILLED,
        expected=f"a reader is answered within {SECONDS_TO_RECOVER} s",
        seen="answered" if recovered else "no answer",
        hint=diagnose(*judged),
    )
