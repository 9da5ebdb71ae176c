"""
A database of the course's own on a server that the environment names.

The variables are the course's own: `REDIS_URL` and `DATABASE_URL` in a reader's shell are of
some other project, and nothing here reads them. Even on a server that was named for the course,
most may be somebody else's. So only what bears the course's mark is ever emptied or removed,
and only by its owner, or once the owner is gone. While an owner lives it holds a connection to
the server, which ends with it by whatever death, and on whatever machine.
"""

import hashlib
import os
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import psycopg
import redis
from psycopg import sql

from .errors import CannotStart, WorkbenchError

PATIENCE = 5  # seconds for a server that is named to take a connection, or to answer
MARK = "production-practice:owner"  # the key in a Redis database that says whose it is
# Seconds until the mark goes. Of an owner that was killed it must not stay for ever: in a month
# somebody else may keep their keys in that database.
LEASE = 8 * 3600
# Names of connections to Redis: who only looks whether a database is free does not hold it.
LOOKS, HOLDS = "production-practice:looks", "production-practice:holds"


class BackingService(NamedTuple):
    """
    A server that may be named: the variable, and what an address looks like.
    """

    name: str
    variable: str
    schemes: tuple[str, ...]
    example: str
    container: str  # in the classroom

    def address(self) -> str | None:
        return os.environ.get(self.variable) or None

    @contextmanager
    def ask(self, address: str, *, to: str) -> Iterator[None]:
        """
        Turn whatever a server, or its client, says against an address into one error.
        """
        try:
            scheme = urlsplit(address).scheme
            if scheme not in self.schemes:
                msg = f"{scheme or address!r} is no scheme of {self.name}'s"
                raise ValueError(msg)
            yield
        except (ValueError, redis.RedisError, psycopg.Error) as error:
            words = without_password(str(error).strip() or type(error).__name__)
            msg = (
                f"{self.variable} names {without_password(address)}. We asked there for {to},"
                f" and got: {words}\nStart that server (in the classroom: docker compose start"
                f" {self.container}), correct the address (such as {self.example}), or unset"
                f" {self.variable}: then the course starts a server of its own."
            )
            raise CannotStart(msg) from error


REDIS = BackingService(
    "Redis", "COURSE_REDIS_URL", ("redis", "rediss"), "redis://127.0.0.1:6379", "redis"
)
POSTGRES = BackingService(
    "PostgreSQL",
    "COURSE_DATABASE_URL",
    ("postgresql", "postgres"),
    "postgresql://postgres@127.0.0.1:5432/postgres",
    "postgres",
)


class RedisDatabase:
    """
    A numbered database that bears our mark, and the connection that shows that we live.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.owner = uuid.uuid4().hex.encode()
        self.holder = _redis(url, client_name=HOLDS, single_connection_client=True)

    def empty(self) -> None:
        """
        Remove every key but the mark.
        """
        if not self._flush(keep_mark=True):
            msg = (
                f"{without_password(self.url)} does not bear the course's mark any more, so it"
                " was left as it is. Did a service run FLUSHDB or FLUSHALL there? It may remove"
                f" its own keys only. Or was it taken {LEASE // 3600} hours ago? Take another."
            )
            raise WorkbenchError(msg)

    def give_back(self) -> None:
        """
        Remove every key and the mark, where it still is. Any number of times.
        """
        if self not in _held:
            return
        _held.remove(self)
        with REDIS.ask(self.url, to="the removal of what we wrote"), closing(self.holder):
            if not self._flush(keep_mark=False):
                where = without_password(self.url)
                print(f"⚙ {where} has lost the course's mark, so it was left as it is.")

    def _flush(self, *, keep_mark: bool) -> bool:
        with _redis(self.url) as client, client.pipeline() as ours:
            ours.watch(MARK)
            if ours.get(MARK) != self.owner:
                return False
            ours.multi()
            ours.flushdb()
            if keep_mark:
                ours.set(MARK, self.owner, ex=LEASE)
            ours.execute()
        return True


class PostgresDatabase:
    """
    A database that was made, and the connection that shows that we live.

    What bears its name and more is the course's, too: the roles of an experiment.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.name = _new_name()
        # Before the database: there is no moment at which it looks abandoned. And not in it: a
        # check may end every connection there.
        self.holder = _postgres(address, application_name=self.name)
        query = _without(urlsplit(address).query, "dbname")  # it would win over the path
        there = urlsplit(address)._replace(scheme="postgresql", path=f"/{self.name}")
        self.url = there._replace(query=query).geturl()
        try:
            _remove_abandoned(self.holder)
            # As the embedded one, whatever the server's own is.
            new = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
            self.holder.execute(new.format(sql.Identifier(self.name)))
            _postgres(self.url).close()  # does it let us in?
        except BaseException:
            self.holder.close()
            raise

    def give_back(self) -> None:
        """
        Drop the database and the roles that are named after it. Any number of times.
        """
        if self not in _held:
            return
        _held.remove(self)
        with POSTGRES.ask(self.address, to="the removal of what we made"), closing(self.holder):
            with _postgres(self.address) as connection:
                _drop(connection, self.name)


# They are held while this process lives, whatever becomes of the names in a notebook.
_held: set[RedisDatabase | PostgresDatabase] = set()


def take_redis(address: str) -> RedisDatabase:
    """
    Take an empty database, or one whose owner is gone.

    From the last number down, since people count from the first; never number 0, where all
    land who name none.

    Raises:
        CannotStart: There is none, or the server cannot be asked.
    """
    passed_over: Counter[str] = Counter()
    with REDIS.ask(address, to="a database"):
        with _redis(_numbered(address, 0)) as client:
            last = int(client.config_get("databases")["databases"]) - 1
        for number in range(last, 0, -1):
            found = _claim(_numbered(address, number), number)
            if isinstance(found, RedisDatabase):
                _held.add(found)
                return found
            passed_over[found] += 1
    seen = ", ".join(f"{count} {obstacle}" for obstacle, count in sorted(passed_over.items()))
    msg = (
        f"{REDIS.variable} names {without_password(address)}. Of its databases 1 to {last} we"
        f" can take none: {seen or 'it has only number 0'}.\nEmpty one, start a server with"
        " more (redis-server --databases 64), or unset the variable: then the course starts a"
        " server of its own."
    )
    raise CannotStart(msg)


def _claim(url: str, number: int) -> RedisDatabase | str:
    """
    Mark a database as ours, or say what stands against it.
    """
    with _redis(url, client_name=LOOKS) as client, client.pipeline() as mine:
        mine.watch(MARK)  # of two who come at the same time, one gets it
        marked = mine.exists(MARK)
        if mine.dbsize() and not marked:
            return "with keys that the course did not write"
        # After the mark was read: its owner is connected since before it was written.
        others = [other for other in client.client_list() if other["db"] == str(number)]
        if any(other["name"] != LOOKS for other in others):
            return "with somebody connected"
        database = RedisDatabase(url)
        mine.multi()
        if marked:
            mine.flushdb()
        mine.set(MARK, database.owner, ex=LEASE)
        mine.dbsize()
        try:
            *_, keys = mine.execute()
        except redis.WatchError:
            keys = None
        if keys == 1:
            return database
        if keys:  # somebody has written there since we looked
            client.delete(MARK)
        database.holder.close()
        return "with somebody connected"


def make_postgres(address: str) -> PostgresDatabase:
    """
    Make a database, after removing those whose owner is gone.

    Raises:
        CannotStart: The server cannot be asked, or does not allow it.
    """
    with POSTGRES.ask(address, to="a database of our own"):
        database = PostgresDatabase(address)
    _held.add(database)
    return database


def _new_name() -> str:
    """
    A name that tells that the course has made what bears it: its end follows from its middle.

    A mark beside the name, such as a comment, could only be set after the database was made.
    """
    key = uuid.uuid4().hex[:12]
    return f"workbench_{key}_{_digest(key)}"


def _mark_of(name: str) -> str:
    """
    The name that `_new_name()` made and with which this one begins; nothing, if there is none.
    """
    found = re.match(r"workbench_([0-9a-f]{12})_([0-9a-f]{8})(?![0-9a-f])", name)
    return found[0] if found and found[2] == _digest(found[1]) else ""


def _digest(key: str) -> str:
    return hashlib.sha256(f"production practice {key}".encode()).hexdigest()[:8]


def _remove_abandoned(connection: psycopg.Connection) -> None:
    """
    Drop what the course made and whose owner is not connected any more.
    """
    one_at_a_time = "(hashtext('production practice'))"
    connection.execute(f"SELECT pg_advisory_lock{one_at_a_time}")
    names = "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
    marks = {_mark_of(name) for (name,) in connection.execute(names)} - {""}
    # After the names were read: an owner is connected since before it made anything.
    rows = connection.execute("SELECT application_name FROM pg_stat_activity")
    for mark in marks.difference(name for (name,) in rows):
        try:
            _drop(connection, mark)
        except psycopg.errors.InsufficientPrivilege:
            continue  # made by another account of this server, whose next start removes it
    connection.execute(f"SELECT pg_advisory_unlock{one_at_a_time}")


def _drop(connection: psycopg.Connection, name: str) -> None:
    """
    Drop the database of this name, then the roles that are named after it.
    """
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    connection.execute(drop.format(sql.Identifier(name)))
    for (role,) in connection.execute("SELECT rolname FROM pg_roles").fetchall():
        if _mark_of(role) == name:
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def without_password(text: str) -> str:
    """
    The same with an ellipsis for the password in each address that is in it.
    """
    text = re.sub(r"(?<=://)([^\s:@/]*):\S*@", r"\1:…@", text)
    return re.sub(r"(?<=[?&]password=)[^\s&]*", "…", text)


def _numbered(address: str, number: int) -> str:
    query = _without(urlsplit(address).query, "db")  # it would win over the path
    return urlsplit(address)._replace(path=f"/{number}", query=query).geturl()


def _without(query: str, name: str) -> str:
    pairs = query.split("&")
    return "&".join(pair for pair in pairs if unquote(pair.partition("=")[0]) != name)


def _redis(url: str, **options: Any) -> redis.Redis:
    patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    return redis.Redis.from_url(url, **patience, **options)


def _postgres(address: str, **options: Any) -> psycopg.Connection[Any]:
    # A server that was made without a locale would give the names of its databases as bytes.
    options |= {"connect_timeout": PATIENCE, "client_encoding": "UTF8"}
    return psycopg.connect(address, autocommit=True, **options)
