"""
The backing services: embedded, or those that the environment names; nothing is left of them.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from workbench import _servers, postgres_server, redis_server
from workbench.errors import CannotStart

pytestmark = pytest.mark.kept_with(programs=("redis-server",))

REAL_REDIS = shutil.which("redis-server")


@pytest.fixture(autouse=True)
def nobody_names_a_server(monkeypatch):
    monkeypatch.delenv("COURSE_REDIS_URL", raising=False)
    monkeypatch.delenv("COURSE_DATABASE_URL", raising=False)


def needs_redis():
    if not REAL_REDIS:
        pytest.skip("there is no redis-server on PATH")


@pytest.fixture(params=["fakeredis", "redis-server"])
def either_redis(request, monkeypatch):
    """
    A Redis server, once the stand-in and once the real one.
    """
    if request.param == "fakeredis":
        monkeypatch.setenv("COURSE_REDIS_URL", "fakeredis")
    else:
        needs_redis()
    with redis_server() as server:
        yield server


def test_redis(either_redis):
    """
    It answers as Redis does, and ends with its block.
    """
    with redis.Redis.from_url(either_redis.url) as client:
        client.set("greeting", "hello", ex=10)

        assert client.get("greeting") == b"hello"
        assert 0 < client.ttl("greeting") <= 10
    either_redis.stop()
    assert not either_redis.process.running


def test_redis_knows_lua(either_redis):
    """
    A lock of redis-py is one's own until it is released, which is done by a script in Lua.
    """
    with redis.Redis.from_url(either_redis.url) as client:
        with client.lock("a lock", timeout=10):
            assert not client.lock("a lock", timeout=10).acquire(blocking=False)

        assert client.lock("a lock", timeout=10).acquire(blocking=False)


def test_redis_stays_connected_after_an_error(either_redis):
    with redis.Redis.from_url(either_redis.url, single_connection_client=True) as client:
        ours = client.client_id()
        with pytest.raises(redis.exceptions.NoScriptError):
            client.evalsha("0" * 40, 0)

        assert client.client_id() == ours


@pytest.mark.parametrize("options", [{}, {"count": 2}], ids=["all", "two"])
def test_redis_lets_a_group_wait(either_redis, options):
    """
    Who reads for a group is given what is there, or waits for it, as long as was said.
    """
    with (
        redis.Redis.from_url(either_redis.url, decode_responses=True) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        client.xgroup_create("jobs", "workers", mkstream=True)

        def read(block: int):
            return client.xreadgroup("workers", "me", {"jobs": ">"}, block=block, **options)

        there = client.xadd("jobs", {"job": "0"})
        assert read(200) == [["jobs", [(there, {"job": "0"})]]]
        began = time.monotonic()
        assert not read(200)
        assert time.monotonic() - began >= 0.2
        reading = pool.submit(read, 4000)
        key = client.xadd("jobs", {"job": "1"})

        assert reading.result() == [["jobs", [(key, {"job": "1"})]]]


def test_the_line_says_which(capsys, monkeypatch):
    """
    One line says which Redis and which PostgreSQL it is, behind the mark that is not compared.
    """
    monkeypatch.setenv("COURSE_REDIS_URL", "fakeredis")
    with redis_server(), postgres_server():
        first, second = capsys.readouterr().out.splitlines()

    assert first.startswith("▶ Redis ⚙ fakeredis, a stand-in")
    assert second.startswith("▶ PostgreSQL ⚙ PostgreSQL 1")


def test_redis_is_flushed(either_redis):
    """
    To flush a Redis of one's own leaves it without a key.
    """
    with redis.Redis.from_url(either_redis.url) as client:
        client.set("key", "value")
        either_redis.flush()

        assert client.dbsize() == 0


def test_postgres():
    """
    It is a PostgreSQL server with the number of connections that was asked for.
    """
    with postgres_server(max_connections=25) as server:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
        assert server.max_connections == 25


def test_postgres_checks_passwords():
    """
    The superuser is trusted; every other role needs its own password.
    """
    with postgres_server() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE app LOGIN PASSWORD 'right'")
        right, wrong = ({"user": "app", "password": word} for word in ("right", "wrong"))
        psycopg.connect(server.url, **right).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url, **wrong)


def test_postgres_ends_with_clients_connected():
    """
    A client that stays connected keeps neither the server nor its files.
    """
    server = postgres_server()
    folder = server.process.cwd
    client = psycopg.connect(server.url)
    begin = time.monotonic()

    server.stop()
    server.stop()

    assert time.monotonic() - begin < 10
    assert not folder.exists()
    client.close()


def test_postgres_again():
    """
    A cell that starts PostgreSQL may run twice, with clients of the first server still there.

    Result: the first one shut down by itself, and stopping it again leaves the second alone.
    """
    first = postgres_server()
    client = psycopg.connect(first.url)
    with postgres_server() as second:
        assert first.process.returncode == 0
        assert not first.process.cwd.exists()
        first.stop()
        with psycopg.connect(second.url) as connection:
            connection.execute("CREATE TABLE here (id int)")
    client.close()
    assert not second.process.cwd.exists()


def test_a_postgres_to_be_filled(monkeypatch):
    """
    Who asks for a number of connections gets a server of their own, not that of others.
    """
    monkeypatch.setenv("COURSE_DATABASE_URL", "postgresql://postgres@127.0.0.1:1/others")
    with postgres_server(max_connections=25) as server:
        assert server.process is not None
        assert server.max_connections == 25


def test_a_redis_to_be_killed(monkeypatch):
    """
    Who asks for a process of their own gets one, whatever is named.
    """
    monkeypatch.setenv("COURSE_REDIS_URL", "redis://127.0.0.1:1")
    with redis_server(own=True) as server:
        assert server.process.running


def test_nothing_of_the_readers_is_read(monkeypatch):
    """
    The names that other projects use, in the reader's shell, lead the course nowhere.
    """
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/theirs")
    with redis_server() as cache, postgres_server() as database:
        assert cache.process.running
        assert database.process.running


def test_postgres_in_a_shell_with_settings(monkeypatch):
    """
    What a shell says to every client of PostgreSQL says nothing to ours.
    """
    monkeypatch.setenv("PGSSLMODE", "require")
    for name in ("PGDATA", "PGDATABASE", "PGHOST", "PGPASSWORD", "PGPORT", "PGUSER"):
        monkeypatch.setenv(name, "nonsense")
    with postgres_server() as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 6 * 7").fetchone() == (42,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_root_and_a_closed_folder(monkeypatch, tmp_path):
    """
    As root, a folder that PostgreSQL's user may not enter is named; it is not opened.
    """
    tmp_path.chmod(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(CannotStart, match=f"may not enter {tmp_path}"):
        postgres_server()

    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_root_and_programs_out_of_reach(monkeypatch):
    """
    As root, programs that PostgreSQL's user cannot reach are copied, and run.
    """
    reachable = _servers._check_reachable

    def only_scratch(folder):
        if "workbench-" not in str(folder):
            raise CannotStart
        reachable(folder)

    monkeypatch.setattr(_servers, "_check_reachable", only_scratch)
    with postgres_server() as server:
        assert "workbench-postgres" in server.process.command


def test_nothing_outlives_the_owner():
    """
    1. A program starts both servers, and connects to PostgreSQL.
    2. It is killed.

    Result: no process and no folder is left.
    """
    code = """
import psycopg, time
from workbench import postgres_server, redis_server
postgres, redis = postgres_server(), redis_server()
client = psycopg.connect(postgres.url)
print(postgres.process.pid, redis.process.pid, client.info.backend_pid, postgres.process.cwd)
time.sleep(60)
"""
    owner = subprocess.Popen(
        [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, text=True
    )
    with owner.stdout as words:
        *_, last = (words.readline() for _ in range(3))
        *pids, folder = last.split()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and (
        any(psutil.pid_exists(int(pid)) for pid in pids) or Path(folder).exists()
    ):
        time.sleep(0.1)

    assert not [pid for pid in pids if psutil.pid_exists(int(pid))]
    assert not Path(folder).exists()
