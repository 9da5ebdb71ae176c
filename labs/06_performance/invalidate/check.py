"""
A price is changed while a customer reads it, and what is under way is held back.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis

from workbench import (
    Process,
    RedisServer,
    Traffic,
    postgres_server,
    redis_server,
    start,
    traffic,
    wait_until,
)
from workbench.checks import Hint, expect, record

OLD, NEW = "1.11", "2.22"
NOT_TRIED = "not tried"
PATIENCE = 10  # seconds that a request may take
HELD = 25  # … while a query is held back
LONG = 6  # seconds that a query takes which is held back: what locks it must outlive that
FRESH = 60  # seconds that a price is good for
ALMOST_OVER = 20  # seconds that are left to a price when it is read again
QUIET = f"GET, PUT {NEW}, GET"
READER_COMES = f"PUT {NEW}, GET while its UPDATE was under way, then GET"
READER_LOADS = f"GET, PUT {NEW} after its query had read {OLD}, its query let go, then GET"
READER_STORES = f"GET, PUT {NEW} before Redis' next answer to it, then GET"
READER_IS_NOT_DONE = f"{READER_LOADS} elsewhere, before Redis' next answer to it"
ENTRY_IS_DELETED = (
    f"GET, PUT {NEW}, its entry deleted by hand, the GET's query let go, then GET"
)
WRITER_IS_NOT_DONE = (
    f"GET, PUT {NEW}, the GET let go before Redis' first answer to it, then GET"
)
# What a connection says of itself, before it is used.
OF_ITSELF = re.compile(rb"(?i)\*\d+\r\n\$\d+\r\n(CLIENT|HELLO|AUTH|SELECT|PING)\r\n")
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
        redis_server(own=True) as redis,  # a wire leads to this machine only
        postgres_server() as postgres,
        Redis.from_url(redis.url) as cache,
        psycopg.connect(postgres.url, autocommit=True) as database,
        psycopg.connect(postgres.url) as writer,
    ):
        database.execute(SCHEMA)
        database.execute("INSERT INTO prices VALUES ('tea', %s)", [OLD])
        yield Backing(redis, postgres.url, cache, database, writer)


class Wire:
    """
    Between a process and Redis. The answer to its next command waits here.
    """

    def __init__(self, redis: int) -> None:
        self.waits = False
        self._redis = redis
        self._next = False  # the next command's answer is to wait
        self._may_pass = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        self._may_pass.clear()
        self.waits, self._next = False, True

    def let_through(self) -> None:
        self._next = False
        self._may_pass.set()

    def stop(self) -> None:
        self.let_through()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                process, _ = self._listener.accept()
                redis = socket.create_connection(("127.0.0.1", self._redis))
                held = threading.Event()  # on this connection
                for way in ((self._ask, process, redis), (self._answer, redis, process)):
                    threading.Thread(target=way[0], args=(*way[1:], held), daemon=True).start()

    def _ask(self, process: socket.socket, redis: socket.socket, held: threading.Event) -> None:
        with suppress(OSError):
            while data := process.recv(65536):
                if self._next and not OF_ITSELF.match(data):
                    self._next = False
                    held.set()
                redis.sendall(data)
        hang_up(process, redis)

    def _answer(
        self, redis: socket.socket, process: socket.socket, held: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := redis.recv(65536):
                if held.is_set():
                    self.waits = True
                    self._may_pass.wait()
                    held.clear()
                process.sendall(data)
        hang_up(process, redis)


def hang_up(*connections: socket.socket) -> None:
    for each in connections:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class Shop:
    """
    Two processes of the service: customers read in one, the price is changed in the other.
    """

    def __init__(self, folder: Path, name: str, backing: Backing) -> None:
        self.backing = backing
        assert backing.redis.process is not None
        port = urlsplit(backing.redis.process.url).port or 6379
        self.reads, self.writes = Wire(port), Wire(port)
        self.reader = self.start(folder, name, self.reads.url)
        self.writer = self.start(folder, f"{name}, writes", self.writes.url)

    def start(self, folder: Path, name: str, redis: str) -> Process:
        env = {"REDIS_URL": redis, "DATABASE_URL": self.backing.postgres}
        command = "uvicorn service:app --port {port}"
        return start(command, ready="/healthz", name=name, cwd=folder, env=env, timeout=15)

    def stop(self) -> None:
        self.reader.kill()
        self.writer.kill()
        self.reads.stop()
        self.writes.stop()

    def begin_anew(self) -> None:
        """
        The old price in the database, and nothing in the cache.
        """
        self.backing.database.execute("UPDATE prices SET price = %s", [OLD])
        self.backing.redis.flush()

    def get(self, timeout: float = PATIENCE) -> Traffic:
        return traffic(f"{self.reader.url}/price", rate=50, requests=1, timeout=timeout)

    def put(self, timeout: float = PATIENCE) -> Traffic:
        url = f"{self.writer.url}/price/{NEW}"
        return traffic(url, rate=50, requests=1, timeout=timeout, method="PUT")

    def seen(self) -> str:
        """
        What a customer sees now.
        """
        return told(self.get())

    def seen_elsewhere(self) -> str:
        """
        What a customer of the other process sees.
        """
        url = f"{self.writer.url}/price"
        return told(traffic(url, rate=50, requests=1, timeout=PATIENCE))

    def entries(self, price: str) -> list[bytes]:
        """
        The keys in Redis under which that price stands.
        """
        cache = self.backing.cache
        keys = [key for key in cache.scan_iter() if cache.type(key) == b"string"]
        values = cache.mget(keys) if keys else []
        found = zip(keys, values, strict=True)
        return [key for key, value in found if price.encode() in (value or b"")]

    def what_expires(self) -> set[bytes]:
        cache = self.backing.cache
        return {key for key in cache.scan_iter() if cache.ttl(key) > 0}

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


def told(load: Traffic) -> str:
    with load:
        load.wait(1)
    (sample,) = load.samples
    return sample.body if sample.outcome == "ok" else sample.outcome


class Late(NamedTuple):
    """
    A reader had loaded the old price before a change, and went on after it.
    """

    price: str  # that a customer sees in the end
    elsewhere: str  # … of the other process, before the reader is done
    new_in_cache: bool  # the writer had stored the new price, while the reader was held back
    version_in_cache: bool  # there was more than the price
    lock_was_gone: bool  # what the reader had there when the change came, and expires
    reader: str  # what became of it


class Kept(NamedTuple):
    """
    What Redis keeps of a price, and how long.
    """

    second: str  # what a second customer was told
    cached: bool  # … who cost no query
    seconds: int  # less than none: without an end
    then: int  # seconds when it has been read once more, shortly before its end


class Seen(NamedTuple):
    """
    The price that a customer sees after each change, and what Redis kept.
    """

    quiet: str
    kept: Kept
    reader_came: str
    late: Late
    entry_deleted: str  # after the change, before the reader went on
    reader_stored: str
    reader: str  # what became of who stored
    in_between: str  # the reader stored while the change told Redis


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


def change_while_a_reader_loads(shop: Shop, *, deleted: bool = False) -> Late:
    """
    Change the price while a reader's query is held back, and let it go; where so told, an
    entry with the new price is deleted in between.
    """
    shop.begin_anew()
    shop.hold_readers()
    with shop.get(HELD) as get:
        wait_until(shop.under_way, 5)
        locks = shop.what_expires()
        with shop.put(HELD) as put:
            # A change that waits for the reader, or is announced twice, takes its time.
            answered = wait_until(lambda: bool(put.samples), LONG)
            new = shop.entries(NEW)
            gone = bool(locks - shop.what_expires())
            if deleted and new:
                shop.backing.cache.delete(*new)
            shop.reads.hold()
            shop.let_readers_go()
            wait_until(lambda: shop.reads.waits or bool(get.samples), 3)
            # Who looks where the old price is not would bring the new one.
            looks = answered and bool(shop.entries(OLD))
            elsewhere = shop.seen_elsewhere() if looks else NOT_TRIED
            shop.reads.let_through()
    (reader,) = get.samples
    version = shop.backing.cache.dbsize() > 1
    return Late(shop.seen(), elsewhere, bool(new), version, gone, reader.outcome)


def change_while_a_reader_stores(shop: Shop) -> tuple[str, str]:
    """
    Change the price after Redis' answer to the reader's next command, and before it arrives.
    """
    shop.begin_anew()
    shop.hold_readers()
    with shop.get() as get:
        wait_until(shop.under_way, 5)
        shop.reads.hold()
        shop.let_readers_go()
        wait_until(lambda: shop.reads.waits or bool(get.samples), 3)
        with shop.put() as put:
            wait_until(lambda: bool(put.samples), 2)  # a change may wait for the reader
            shop.reads.let_through()
    (reader,) = get.samples
    return shop.seen(), reader.outcome


def store_while_the_change_is_told(shop: Shop) -> str:
    """
    Let a reader store after Redis' answer to the writer's first command, and before it arrives.
    """
    shop.begin_anew()
    shop.hold_readers()
    with shop.get() as get:
        wait_until(shop.under_way, 5)
        shop.writes.hold()
        with shop.put() as put:
            wait_until(lambda: shop.writes.waits or bool(put.samples), 3)
            shop.let_readers_go()
            wait_until(lambda: bool(get.samples), 2)  # a reader may wait for the change
            shop.writes.let_through()
    return shop.seen()


def ask_again(shop: Shop) -> Kept:
    """
    Ask for a price that is in Redis, and once more shortly before it expires.
    """
    cache = shop.backing.cache
    before = shop.queries()
    second = shop.seen()
    cached = shop.queries() == before
    entries = shop.entries(NEW)
    lives = [int(cache.ttl(key)) for key in entries]
    seconds = min(lives) if any(life < 0 for life in lives) else max(lives, default=0)
    for key in entries:
        cache.expire(key, ALMOST_OVER)
    before = shop.queries()
    shop.seen()
    # Who loads it anew may keep it for a minute again.
    kept = [] if shop.queries() != before else [int(cache.ttl(key)) for key in entries]
    return Kept(second, cached, seconds, max(kept, default=0))


def nothing_else(quiet: str) -> Seen:
    """
    Where nothing is under way and no price comes, the rest is not tried.
    """
    no = NOT_TRIED
    late = Late(no, no, False, False, False, no)
    return Seen(quiet, Kept(no, False, 0, 0), no, late, no, no, no, no)


def judge(shop: Shop) -> Seen:
    quiet = change_quietly(shop)
    if quiet not in (OLD, NEW):
        return nothing_else(quiet)
    kept = ask_again(shop)
    came = change_while_a_reader_comes(shop)
    late = change_while_a_reader_loads(shop)
    tries = late.new_in_cache and late.price == NEW
    deleted = change_while_a_reader_loads(shop, deleted=True).price if tries else NOT_TRIED
    stored, reader = change_while_a_reader_stores(shop)
    in_between = store_while_the_change_is_told(shop)
    return Seen(quiet, kept, came, late, deleted, stored, reader, in_between)


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
    if not seen.kept.cached:
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
    return diagnose_cache(seen) or diagnose_late_reader(seen) or diagnose_storing(seen)


def diagnose_cache(seen: Seen) -> Hint | None:
    """
    Of what the cache is left with, and says.
    """
    kept = seen.kept
    if kept.second != NEW:
        return Hint(
            "another-answer",
            f"The first customer was told {seen.quiet}, and the next one, by the cache, "
            f"{kept.second!r}. What comes out of Redis, and what do you return then?",
        )
    if kept.seconds < 0:
        return Hint(
            "keeps-for-ever",
            "The price stands in Redis without an end. A change that Redis is not told of, "
            "because it is away for a moment: for how long will it be missed?",
        )
    if kept.seconds > FRESH:
        return Hint(
            "keeps-too-long",
            f"The price stands in Redis for {kept.seconds} s, and is good for {FRESH}. "
            "When does a customer learn of a change that Redis was not told of?",
        )
    if kept.then > ALMOST_OVER:
        return Hint(
            "prolongs",
            f"A price had {ALMOST_OVER} s left in Redis; it was read once more, without a "
            f"query, and then had {kept.then}. When does one end that is always asked for?",
        )
    return None


def diagnose_late_reader(seen: Seen) -> Hint | None:
    """
    Of a reader who goes on when the change has been answered.
    """
    if seen.late.price == OLD:
        return late_reader(seen.late)
    if seen.late.elsewhere == OLD:
        return Hint(
            "stores-then-looks",
            f"After the change, a reader that was late stored {OLD}. In the end it was gone, "
            f"but before that reader was done, a customer elsewhere was given {OLD}. "
            "What must be known before one stores?",
        )
    if seen.entry_deleted == OLD:
        return Hint(
            "stores-where-nothing-is",
            f"Redis knew {NEW}, the entry was deleted by hand, as it will be by its expiry, "
            f"and then a reader that was late stored {OLD}. What does it know of a change "
            "whose entry is gone?",
        )
    return None


def diagnose_storing(seen: Seen) -> Hint | None:
    """
    Of a reader who stores while the change is under way.
    """
    if seen.reader_stored == OLD:
        return Hint(
            "compares-then-stores",
            f"The price changed just before a reader stored, and then all saw {OLD}: what that "
            "reader had compared was so no longer. Who could compare and store in one step?",
        )
    if seen.in_between == OLD:
        return Hint(
            "tells-in-two-steps",
            f"After Redis had done the first command of a change, a reader stored {OLD}; the "
            "change went on, and that price stayed. What does a reader who stores between two "
            "commands of yours still believe?",
        )
    if failed := [outcome for outcome in (seen.late.reader, seen.reader) if outcome != "ok"]:
        return Hint(
            "fails-the-reader",
            f"A customer whose price must not be stored any more got no price: {failed[0]}. "
            "What was wrong with that price for this customer?",
        )
    return None


def late_reader(late: Late) -> Hint:
    """
    A reader who had loaded the old price stored it after the change.
    """
    if late.new_in_cache:
        return Hint(
            "overwrites-the-new",
            f"Redis knew {NEW}, and then a reader came late and stored {late.price} "
            "over it. How could it know that its price is the older one?",
        )
    if late.lock_was_gone:
        return Hint(
            "lock-is-lost",
            "While a reader's query was under way, it had something in Redis that expires; "
            f"when the change was answered that was gone, and still the reader stored "
            f"{late.price}. What does one who stores know of a lock that it once had?",
        )
    if late.version_in_cache:
        return Hint(
            "version-comes-too-late",
            f"There is more than the price in Redis, and still a reader that was late stored "
            f"{late.price}. Of which moment is the version that it relies on: before "
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
    seen = change_while_a_reader_loads(shop).price
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
        seen.late.price == NEW,
        done=READER_LOADS,
        expected=NEW,
        seen=seen.late.price,
        hint=diagnose(seen),
    )


def test_reader_is_not_done(seen: Seen) -> None:
    """Nor is the old price given before that reader is done."""
    expect(
        seen.late.elsewhere != OLD,
        done=READER_IS_NOT_DONE,
        expected=NEW,
        seen=seen.late.elsewhere,
        hint=diagnose(seen),
    )


def test_entry_is_deleted(seen: Seen) -> None:
    """Nor does it come back when the entry of the new one is deleted."""
    expect(
        seen.entry_deleted != OLD,
        done=ENTRY_IS_DELETED,
        expected=NEW,
        seen=seen.entry_deleted,
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


def test_reader_stores_in_between(seen: Seen) -> None:
    """So they do when a reader stores while the change is told to Redis."""
    expect(
        seen.in_between == NEW,
        done=WRITER_IS_NOT_DONE,
        expected=NEW,
        seen=seen.in_between,
        hint=diagnose(seen),
    )


def test_readers_are_answered(seen: Seen) -> None:
    """A customer whom a change overtakes gets a price, too."""
    expect(
        seen.late.reader == seen.reader == "ok",
        done=f"{READER_LOADS}; {READER_STORES}",
        expected="the first GET of each gets a price",
        seen=f"{seen.late.reader} and {seen.reader}",
        hint=diagnose(seen),
    )


def test_cached(seen: Seen) -> None:
    """The cache is still used, for a minute at most."""
    kept = seen.kept
    seconds = "without an end" if kept.seconds < 0 else f"for {kept.seconds} s"
    expect(
        kept.cached and kept.second == NEW and 0 <= kept.seconds <= FRESH,
        done="a customer after another, and no change",
        expected=f"the second one costs no query and gets {NEW}, kept for {FRESH} s at most",
        seen=f"{'no' if kept.cached else 'a'} query, {kept.second!r}, kept {seconds}",
        hint=diagnose(seen),
    )


def test_not_prolonged(seen: Seen) -> None:
    """A price that is read is kept no longer for it."""
    expect(
        seen.kept.then <= ALMOST_OVER,
        done=f"a customer asked {ALMOST_OVER} s before its end",
        expected=f"kept for {ALMOST_OVER} s at most",
        seen=f"kept for {seen.kept.then} s",
        hint=diagnose(seen),
    )
