"""
A price is changed while a customer reads it, and what is under way is held back.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from redis import Redis

from workbench import (
    Process,
    RedisServer,
    Traffic,
    postgres_server,
    proxy,
    redis_server,
    start,
    traffic,
    wait_until,
)
from workbench.checks import Hint, expect, record

OLD, NEW = "1.11", "2.22"
NOT_TRIED = "not tried"
PATIENCE = 10  # seconds that a request may take while something is held back
QUIET = f"GET, PUT {NEW}, GET"
READER_COMES = f"PUT {NEW}, GET while its UPDATE was under way, then GET"
READER_LOADS = f"GET, PUT {NEW} after its query had read {OLD}, its query let go, then GET"
READER_STORES = f"GET, PUT {NEW} before Redis' next answer to it, then GET"
SCHEMA = """
    CREATE TABLE prices (product text PRIMARY KEY, price text);
    CREATE SEQUENCE queries;
    CREATE FUNCTION price_of(wanted text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
        found text;
    BEGIN
        PERFORM nextval('queries');
        SELECT price INTO found FROM prices WHERE product = wanted;
        PERFORM pg_advisory_lock_shared(1);
        PERFORM pg_advisory_unlock_shared(1);
        RETURN found;
    END $$
"""


class Backing(NamedTuple):
    """
    What the service stands on, and the check's own connections to it.
    """

    redis: RedisServer
    postgres: str
    cache: Redis
    database: psycopg.Connection
    writer: psycopg.Connection  # another one, that locks the price


@pytest.fixture(scope="module")
def backing() -> Iterator[Backing]:
    with (
        redis_server(own=True) as redis,  # a proxy leads to this machine only
        postgres_server() as postgres,
        Redis.from_url(redis.url) as cache,
        psycopg.connect(postgres.url, autocommit=True) as database,
        psycopg.connect(postgres.url) as writer,
    ):
        database.execute(SCHEMA)
        database.execute("INSERT INTO prices VALUES ('tea', %s)", [OLD])
        yield Backing(redis, postgres.url, cache, database, writer)


class Shop:
    """
    Two processes of the service: customers read in one, the price is changed in the other.
    """

    def __init__(self, folder: Path, name: str, backing: Backing) -> None:
        self.backing = backing
        assert backing.redis.process is not None
        self.proxied = proxy(backing.redis.process.url)
        self.reader = self.start(folder, name, f"redis://127.0.0.1:{self.proxied.port}/0")
        self.writer = self.start(folder, f"{name}, writes", backing.redis.url)

    def start(self, folder: Path, name: str, redis: str) -> Process:
        env = {"REDIS_URL": redis, "DATABASE_URL": self.backing.postgres}
        command = "uvicorn service:app --port {port}"
        return start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)

    def stop(self) -> None:
        self.reader.kill()
        self.writer.kill()
        self.proxied.stop()

    def begin_anew(self) -> None:
        """
        The old price in the database, and nothing in the cache.
        """
        self.backing.database.execute("UPDATE prices SET price = %s", [OLD])
        self.backing.redis.flush()

    def get(self) -> Traffic:
        return traffic(f"{self.reader.url}/price", rate=50, requests=1, timeout=PATIENCE)

    def put(self) -> Traffic:
        url = f"{self.writer.url}/price/{NEW}"
        return traffic(url, rate=50, requests=1, timeout=PATIENCE, method="PUT")

    def seen(self) -> str:
        """
        What a customer sees now.
        """
        with self.get() as load:
            load.wait(1)
        (sample,) = load.samples
        return sample.body if sample.outcome == "ok" else sample.outcome

    def queries(self) -> int:
        row = self.backing.database.execute("SELECT last_value FROM queries").fetchone()
        assert row is not None
        return int(row[0])

    def under_way(self) -> bool:
        """
        Whether a query is held back.
        """
        row = self.backing.database.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        ).fetchone()
        assert row is not None
        return bool(row[0])

    def hold_readers(self) -> None:
        self.backing.database.execute("SELECT pg_advisory_lock(1)")

    def let_readers_go(self) -> None:
        self.backing.database.execute("SELECT pg_advisory_unlock(1)")


class Seen(NamedTuple):
    """
    The price that a customer sees after each of four changes, and what Redis kept.
    """

    quiet: str
    reader_came: str
    reader_loaded: str
    reader_stored: str
    new_in_cache: bool  # the writer had stored the new price, while the reader was held back
    version_in_cache: bool  # there was more than the price
    second: str  # what a second customer was told
    cached: bool  # … who cost no query
    for_ever: bool  # the price is kept without an end
    readers: tuple[str, ...]  # what became of those who were held back


def change_quietly(shop: Shop) -> str:
    shop.begin_anew()
    shop.seen()
    with shop.put() as put:
        put.wait(1)
    return shop.seen() if put.count("ok") else f"PUT: {put.samples[0].outcome}"


def change_while_a_reader_comes(shop: Shop) -> str:
    shop.begin_anew()
    shop.seen()
    shop.backing.writer.execute("SELECT price FROM prices FOR UPDATE")
    with shop.put():
        wait_until(shop.under_way, 5)
        with shop.get() as get:
            # Who waits for the change, rather than for the old price, does not answer yet.
            wait_until(lambda: bool(get.samples), 1)
            shop.backing.writer.rollback()
    return shop.seen()


def change_while_a_reader_loads(shop: Shop) -> tuple[str, bool, bool, str]:
    """
    Return what a customer then sees, whether Redis knew the new price, or a version, and what
    became of the reader.
    """
    shop.begin_anew()
    shop.hold_readers()
    with shop.get() as get:
        wait_until(shop.under_way, 5)
        with shop.put() as put:
            # A change that waits for the reader, or is announced twice, takes its time.
            wait_until(lambda: bool(put.samples), 3)
            cache = shop.backing.cache
            keys = [key for key in cache.scan_iter() if cache.type(key) == b"string"]
            values = cache.mget(keys) if keys else []
            shop.let_readers_go()
    (reader,) = get.samples
    version = shop.backing.cache.dbsize() > 1
    return shop.seen(), NEW.encode() in values, version, reader.outcome


def change_while_a_reader_stores(shop: Shop) -> tuple[str, str]:
    """
    Change the price after Redis' answer to the reader's next command, and before it arrives.
    """
    shop.begin_anew()
    shop.hold_readers()
    with shop.get() as get:
        wait_until(shop.under_way, 5)
        with shop.proxied.latency(1):
            shop.let_readers_go()
            time.sleep(0.2)  # the command is on its way; its answer takes a second
            with shop.put() as put:
                put.wait(1)
            get.wait(1)
    (reader,) = get.samples
    return shop.seen(), reader.outcome


def is_kept_for_ever(cache: Redis) -> bool:
    keys = [key for key in cache.scan_iter() if cache.type(key) == b"string"]
    return any(NEW.encode() in (cache.get(key) or b"") and cache.ttl(key) < 0 for key in keys)


def nothing_else(quiet: str) -> Seen:
    """
    Where nothing is under way and no price comes, the rest is not tried.
    """
    no = NOT_TRIED
    return Seen(quiet, no, no, no, False, False, no, False, False, (no,))


def judge(shop: Shop) -> Seen:
    quiet = change_quietly(shop)
    if quiet not in (OLD, NEW):
        return nothing_else(quiet)
    before = shop.queries()
    second = shop.seen()
    cached = shop.queries() == before
    for_ever = is_kept_for_ever(shop.backing.cache)
    came = change_while_a_reader_comes(shop)
    loaded, new, version, loads = change_while_a_reader_loads(shop)
    stored, stores = change_while_a_reader_stores(shop)
    readers = (loads, stores)
    return Seen(quiet, came, loaded, stored, new, version, second, cached, for_ever, readers)


def diagnose(seen: Seen) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if seen.quiet not in (OLD, NEW):
        return Hint(
            "fails",
            f"Nobody else was there, and what came was {seen.quiet!r}, no price. "
            "What does your service say in its log?",
        )
    if not seen.cached:
        return Hint(
            "never-caches",
            "A second customer costs a query, although nothing has changed. "
            "What is Redis there for?",
        )
    if seen.quiet != NEW:
        return Hint(
            "waits-for-expiry",
            f"Nobody else was there, and after the change a customer sees {seen.quiet}. "
            "Who tells the cache?",
        )
    if seen.reader_came == OLD:
        return Hint(
            "deletes-too-early",
            f"A customer asked while the UPDATE was under way; since then all see "
            f"{seen.reader_came}. What did that one find in the cache, and in the database?",
        )
    return diagnose_cache(seen) or diagnose_late_readers(seen)


def diagnose_cache(seen: Seen) -> Hint | None:
    """
    Of what the cache is left with, and says.
    """
    if seen.second != NEW:
        return Hint(
            "another-answer",
            f"The first customer was told {seen.quiet}, and the next one, by the cache, "
            f"{seen.second!r}. What comes out of Redis, and what do you return then?",
        )
    if seen.for_ever:
        return Hint(
            "keeps-for-ever",
            "The price stands in Redis without an end. A change that Redis is not told of, "
            "because it is away for a moment: for how long will it be missed?",
        )
    return None


def diagnose_late_readers(seen: Seen) -> Hint | None:
    """
    Of readers who store what they had loaded before the change.
    """
    if seen.reader_loaded == OLD:
        return late_reader(seen)
    if seen.reader_stored == OLD:
        return Hint(
            "compares-then-stores",
            f"The price changed just before a reader stored, and then all saw {OLD}: what that "
            "reader had compared was so no longer. Who could compare and store in one step?",
        )
    if failed := [outcome for outcome in seen.readers if outcome != "ok"]:
        return Hint(
            "fails-the-reader",
            f"A customer whose price must not be stored any more got no price: {failed[0]}. "
            "What was wrong with that price for this customer?",
        )
    return None


def late_reader(seen: Seen) -> Hint:
    """
    A reader who had loaded the old price stored it after the change.
    """
    if seen.new_in_cache:
        return Hint(
            "overwrites-the-new",
            f"Redis knew {NEW}, and then a reader came late and stored {seen.reader_loaded} "
            "over it. How could it know that its price is the older one?",
        )
    if seen.version_in_cache:
        return Hint(
            "version-comes-too-late",
            f"There is more than the price in Redis, and still a reader that was late stored "
            f"{seen.reader_loaded}. Of which moment is the version that it relies on: before "
            "its query, or after?",
        )
    return Hint(
        "late-reader-stores",
        f"A reader had loaded {OLD}, the change left nothing in Redis that says so, and then "
        "the reader stored. Deleting something that is not there yet: what does it prevent?",
    )


@pytest.mark.control
def test_control(untouched: Path, backing: Backing) -> None:
    """After a change, the untouched service shows the old price."""
    shop = Shop(untouched, "untouched", backing)
    seen = change_while_a_reader_loads(shop)[0]
    shop.stop()

    expect(seen == OLD, done=READER_LOADS, expected=OLD, seen=seen)


@pytest.fixture(scope="module")
def seen(attempt: Path, backing: Backing) -> Seen:
    shop = Shop(attempt, "yours", backing)
    found = judge(shop)
    shop.stop()
    record("yours", None, shop.writer if found.quiet.startswith("PUT") else shop.reader)
    return found


def test_quiet(seen: Seen) -> None:
    """After a change, customers see the new price."""
    expect(seen.quiet == NEW, done=QUIET, expected=NEW, seen=seen.quiet, hint=diagnose(seen))


def test_reader_comes(seen: Seen) -> None:
    """So they do when somebody asked while the change was under way."""
    expect(
        seen.reader_came == NEW,
        done=READER_COMES,
        expected=NEW,
        seen=seen.reader_came,
        hint=diagnose(seen),
    )


def test_reader_loads(seen: Seen) -> None:
    """So they do when a reader had loaded the old price before the change."""
    expect(
        seen.reader_loaded == NEW,
        done=READER_LOADS,
        expected=NEW,
        seen=seen.reader_loaded,
        hint=diagnose(seen),
    )


def test_reader_stores(seen: Seen) -> None:
    """So they do when the change comes just before a reader stores."""
    expect(
        seen.reader_stored == NEW,
        done=READER_STORES,
        expected=NEW,
        seen=seen.reader_stored,
        hint=diagnose(seen),
    )


def test_readers_are_answered(seen: Seen) -> None:
    """A customer whom a change overtakes gets a price, too."""
    expect(
        set(seen.readers) == {"ok"},
        done=f"{READER_LOADS}; {READER_STORES}",
        expected="the first GET of each gets a price",
        seen=" and ".join(seen.readers),
        hint=diagnose(seen),
    )


def test_cached(seen: Seen) -> None:
    """The cache is still used, for a while."""
    kept = "for ever" if seen.for_ever else "for a while"
    expect(
        seen.cached and seen.second == NEW and not seen.for_ever,
        done="a customer after another, and no change",
        expected=f"the second one costs no query and gets {NEW}, which is kept for a while",
        seen=f"{'no' if seen.cached else 'a'} query, {seen.second!r}, kept {kept}",
        hint=diagnose(seen),
    )
