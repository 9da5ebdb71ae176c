"""
On a server that was named, what the course did not make is never emptied and never removed.
"""

import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from workbench import _doctor, _named, postgres_server, redis_server, start, wait_until
from workbench._named import LEASE, MARK, _mark_of, _new_name
from workbench._servers import launch_postgres, look_at_postgres, look_at_redis
from workbench.errors import CannotStart, WorkbenchError

pytestmark = pytest.mark.kept_with(
    "labs/06_performance/stampede",
    "solutions/06_performance/stampede",
    programs=("redis-server",),
)

ROOT = Path(__file__).parents[2]
REAL_REDIS = shutil.which("redis-server")
PRECIOUS = {"queue:orders": "42 unpaid orders"}


@pytest.fixture(autouse=True)
def nobody_names_a_server(monkeypatch):
    monkeypatch.delenv("COURSE_REDIS_URL", raising=False)
    monkeypatch.delenv("COURSE_DATABASE_URL", raising=False)


class SomebodysRedis:
    """
    A server with sixteen databases, as Redis comes.
    """

    def __init__(self, url):
        self.url = url

    def database(self, number):
        return redis.Redis.from_url(f"{self.url}/{number}", decode_responses=True)

    def keys(self):
        """
        All that is on it, but the course's marks: number of the database, key, value.
        """
        found = set()
        for number in range(16):
            with self.database(number) as database:
                keys = set(database.scan_iter()) - {MARK}
                found |= {(number, key, database.get(key)) for key in keys}
        return found

    def fill(self, *numbers):
        """
        Somebody's keys in these databases; return all keys.
        """
        for number in numbers:
            with self.database(number) as database:
                database.mset(PRECIOUS)
        return self.keys()


@pytest.fixture
def theirs(monkeypatch):
    if not REAL_REDIS:
        pytest.skip("there is no redis-server on PATH")
    command = f"{REAL_REDIS} --bind 127.0.0.1 --port {{port}} --save ''"
    with start(command, ready="port", name="somebody's Redis") as process:
        url = f"redis://127.0.0.1:{process.port}"
        monkeypatch.setenv("COURSE_REDIS_URL", url)
        yield SomebodysRedis(url)


def number_of(server):
    return int(urlsplit(server.url).path.strip("/"))


def put(server, key="ours", value="value"):
    with redis.Redis.from_url(server.url) as client:
        client.set(key, value)


def run(code):
    """
    Start a program that uses the workbench, as a notebook does.
    """
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(owner):
    owner.send_signal(signal.SIGKILL)
    owner.communicate()


def test_two_on_one_redis(theirs):
    """
    Two callers of one server get databases of their own, emptied when they leave.
    """
    with redis_server() as one, redis_server() as two:
        assert one.url != two.url
        put(one)
        with redis.Redis.from_url(two.url) as client:
            assert client.keys() == [MARK.encode()]
    assert theirs.keys() == set()


def test_a_database_with_keys_is_passed_over(theirs):
    """
    Somebody's keys are where they were, after the course has come, worked and gone.
    """
    before = theirs.fill(0, 1, 2, 13, 14, 15)
    with redis_server() as server:
        assert number_of(server) == 12
        put(server)
        server.flush()
        put(server)

    assert theirs.keys() == before


def test_number_0_is_never_taken(theirs):
    """
    Where all land who name no number, the course takes nothing, even if it is empty.
    """
    before = theirs.fill(*range(1, 16))
    with pytest.raises(CannotStart) as refused:
        redis_server()

    assert str(refused.value) == (
        f"COURSE_REDIS_URL names {theirs.url}. Of its databases 1 to 15 we can take none: 15"
        " with keys that the course did not write.\nEmpty one, start a server with more"
        " (redis-server --databases 64), or unset the variable: then the course starts a server"
        " of its own."
    )
    assert theirs.keys() == before


def test_a_number_in_the_query_is_not_taken(theirs, monkeypatch):
    """
    An address that names a database twice names the server only.
    """
    before = theirs.fill(2)
    monkeypatch.setenv("COURSE_REDIS_URL", f"{theirs.url}/2?db=2")
    with redis_server() as server:
        assert number_of(server) == 15
        put(server)

    assert theirs.keys() == before


def test_an_empty_database_that_somebody_uses_is_passed_over(theirs):
    """
    A queue that is empty now is somebody's, too: they are connected to it.
    """
    with theirs.database(15) as worker:
        worker.ping()
        with redis_server() as server:
            assert number_of(server) == 14


def test_somebody_who_comes_first_keeps_their_key(theirs, monkeypatch):
    """
    A key that is written between the look and the mark stays, and the mark goes.
    """

    class Slow(_named.RedisDatabase):
        def __init__(self, url):
            if url.endswith("/15"):
                theirs.fill(15)
            super().__init__(url)

    monkeypatch.setattr(_named, "RedisDatabase", Slow)
    with redis_server() as server:
        assert number_of(server) == 14
        with theirs.database(15) as database:
            assert database.keys() == list(PRECIOUS)


def test_many_at_once_get_one_each(theirs):
    """
    Ten who come at the same time get ten databases.
    """
    with ExitStack() as stack, ThreadPoolExecutor(10) as many:
        servers = list(many.map(lambda _: redis_server(), range(10)))
        for server in servers:
            stack.enter_context(server)

        assert len({server.url for server in servers}) == 10


def test_the_database_of_an_owner_that_was_killed(theirs):
    """
    1. A program takes a database, and writes a key; another lives and has one, too.
    2. The first is killed.

    Result: while it lived, its database was left to it; then it is taken again, and empty.
    """
    owner = run("from workbench import redis_server as r; print(r().url); input()")
    with owner.stdout, redis_server() as alive:
        put(alive)
        url = [owner.stdout.readline() for _ in range(2)][1].strip()
        with redis.Redis.from_url(url) as client:
            client.set("left", "behind")
        with redis_server() as beside:
            assert len({url, alive.url, beside.url}) == 3
        kill(owner)
        assert wait_until(lambda: not connected(theirs, url), 10)
        with redis_server() as after:
            assert after.url == url
            with redis.Redis.from_url(after.url) as client:
                assert client.keys() == [MARK.encode()]
        assert theirs.keys() == {(number_of(alive), "ours", "value")}


def connected(theirs, url):
    with theirs.database(0) as client:
        return any(c["db"] == url.rpartition("/")[2] for c in client.client_list())


def test_a_mark_that_is_over(theirs):
    """
    Without its mark a database is somebody's, whoever wrote the keys; and a mark does not last.
    """
    with redis_server() as server:
        with redis.Redis.from_url(server.url) as client:
            assert 0 < client.ttl(MARK) <= LEASE
            put(server)
            client.delete(MARK)
        with redis_server() as other:
            assert other.url != server.url


def test_a_database_that_lost_its_mark_is_left(theirs, capsys):
    """
    A database that somebody flushed is not ours any more: no key is removed, and we say so.
    """
    with redis_server() as server, theirs.database(number_of(server)) as somebody:
        somebody.flushdb()
        before = theirs.fill(number_of(server))
        with pytest.raises(WorkbenchError, match="does not bear the course's mark any more"):
            server.flush()
    assert theirs.keys() == before
    assert "has lost the course's mark, so it was left" in capsys.readouterr().out


@pytest.fixture(scope="module")
def somebodys_postgres():
    """
    A server with somebody's database and role, and with names that look like ours.
    """
    with launch_postgres(100) as process:
        url = f"postgresql://postgres@127.0.0.1:{process.port}/postgres?sslmode=disable"
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE workbench_0123456789ab")
            admin.execute("CREATE DATABASE workbench_0123456789ab_01234567")
            admin.execute("CREATE ROLE worker LOGIN PASSWORD 'theirs'")
            admin.execute("CREATE ROLE workbench_0123456789ab_01234567_1")
            yield url, admin


@pytest.fixture
def shared(somebodys_postgres, monkeypatch):
    url, admin = somebodys_postgres
    monkeypatch.setenv("COURSE_DATABASE_URL", url)
    return admin


def names(admin):
    """
    All databases and roles.
    """
    rows = admin.execute(
        "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles"
    )
    return sorted(name for (name,) in rows)


def test_two_on_one_postgres(shared):
    """
    Two callers of one server get databases of their own, dropped when they leave.
    """
    before = names(shared)
    with postgres_server() as one, postgres_server() as two:
        with psycopg.connect(one.url) as connection:
            connection.execute("CREATE TABLE here (id int)")
        with psycopg.connect(two.url) as connection:
            assert connection.execute("SELECT to_regclass('here')").fetchone() == (None,)
        stays = psycopg.connect(one.url)  # does not keep it from being dropped
    assert names(shared) == before
    stays.close()


def test_what_an_owner_that_was_killed_had_made(shared):
    """
    1. A program makes a database, a role, and a table that the role owns; another lives, too.
    2. The first is killed.

    Result: the next start removes both, and nothing else; what lives is left alone before that.
    """
    before = names(shared)
    owner = run(
        "import psycopg; from workbench import postgres_server as p\n"
        "with psycopg.connect(p().url, autocommit=True) as c:\n"
        "    c.execute(f'CREATE ROLE {c.info.dbname}_1')\n"
        "    c.execute('CREATE TABLE t ()')\n"
        "    c.execute(f'ALTER TABLE t OWNER TO {c.info.dbname}_1')\n"
        "    print(c.info.dbname, flush=True)\n"
        "    input()"
    )
    with owner.stdout, postgres_server() as alive:
        name = [owner.stdout.readline() for _ in range(2)][1].strip()
        database = urlsplit(alive.url).path.strip("/")
        with postgres_server():
            assert {name, f"{name}_1", database} < set(names(shared))
        kill(owner)
        gone = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
        assert wait_until(lambda: not shared.execute(gone, [name]).fetchone(), 10)
        with postgres_server():
            assert set(names(shared)) - set(before) >= {database}
            assert not {name, f"{name}_1"} & set(names(shared))
    assert names(shared) == before


def test_many_at_once_on_one_postgres(shared):
    """
    Six who come at the same time, where three were killed, get six databases; three go.
    """
    before = names(shared)
    for _ in range(3):
        name = _new_name()
        shared.execute(f"CREATE DATABASE {name}")
        shared.execute(f"CREATE ROLE {name}_1")
    with ExitStack() as stack, ThreadPoolExecutor(6) as many:
        servers = list(many.map(lambda _: postgres_server(), range(6)))
        for server in servers:
            stack.enter_context(server)
        made = {urlsplit(server.url).path.strip("/") for server in servers}

        assert set(names(shared)) - set(before) == made
        assert len(made) == 6
    assert names(shared) == before


def test_a_database_in_the_query_is_not_used(shared, monkeypatch):
    """
    An address that names its database behind a question mark leads nobody there.
    """
    address = os.environ["COURSE_DATABASE_URL"]
    monkeypatch.setenv("COURSE_DATABASE_URL", f"{address}&dbname=workbench_0123456789ab")
    with postgres_server() as server, psycopg.connect(server.url) as connection:
        assert _mark_of(connection.info.dbname) == connection.info.dbname


def test_a_server_without_a_locale(shared, monkeypatch):
    """
    Where the database that is named knows no encoding, ours is made, used and removed.
    """
    shared.execute("CREATE DATABASE without ENCODING 'SQL_ASCII' TEMPLATE template0")
    before = names(shared)
    address = urlsplit(os.environ["COURSE_DATABASE_URL"])._replace(path="/without").geturl()
    monkeypatch.setenv("COURSE_DATABASE_URL", address)
    with postgres_server() as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 'ü'").fetchone() == ("ü",)

    assert names(shared) == before


def test_what_another_account_made_is_left_to_it(shared, monkeypatch):
    """
    What an account of the server may not drop does not keep it from making a database.
    """
    name = _new_name()
    shared.execute(f"CREATE DATABASE {name}")
    shared.execute("ALTER ROLE worker CREATEDB")
    address = os.environ["COURSE_DATABASE_URL"].replace("//postgres@", "//worker:theirs@")
    monkeypatch.setenv("COURSE_DATABASE_URL", address)
    try:
        with postgres_server() as server:
            assert "//worker:theirs@" in server.url
            assert name in names(shared)
    finally:
        shared.execute("ALTER ROLE worker NOCREATEDB")
        shared.execute(f"DROP DATABASE {name}")


def test_a_name_that_is_ours():
    """
    Only a name whose end follows from its middle is ours, or one that goes on after it.
    """
    name = _new_name()

    assert _mark_of(name) == _mark_of(f"{name}_1") == name
    for other in (name[:-1], f"{name}0", f"x{name}", name.replace("_", "-"), "workbench", ""):
        assert _mark_of(other) == ""


REFUSED = "127.0.0.1:1"  # nobody listens there
SOLUTION = ROOT / "solutions" / "06_performance" / "stampede"


@pytest.mark.parametrize(
    ("variable", "address", "shown", "seen"),
    [
        (
            "COURSE_REDIS_URL",
            f"redis://:se@cret@{REFUSED}/0",
            f"redis://:…@{REFUSED}/0",
            "refused",
        ),
        ("COURSE_REDIS_URL", "localhost:6379", None, "'localhost' is no scheme of Redis's"),
        ("COURSE_REDIS_URL", "redis://127.0.0.1:port", None, "Port could not be cast"),
        ("COURSE_REDIS_URL", "redis://[::1", None, "Invalid IPv6 URL"),
        (
            "COURSE_DATABASE_URL",
            f"postgresql://me:secret@{REFUSED}/shop",
            f"postgresql://me:…@{REFUSED}/shop",
            "refused",
        ),
        (
            "COURSE_DATABASE_URL",
            "sqlite:///x.db",
            None,
            "'sqlite' is no scheme of PostgreSQL's",
        ),
        (
            "COURSE_DATABASE_URL",
            "postgresql+asyncpg://me:secret@db/shop",
            "postgresql+asyncpg://me:…@db/shop",
            "'postgresql+asyncpg' is no scheme",
        ),
        ("COURSE_DATABASE_URL", "postgresql://db:port/", None, "failed to resolve host"),
    ],
)
def test_an_address_that_leads_nowhere(variable, address, shown, seen, monkeypatch):
    """
    In a cell and for the doctor it is one error: the variable, its value, what was seen, what
    to do; and never a password.
    """
    monkeypatch.setenv(variable, address)
    meet, look = {
        "COURSE_REDIS_URL": (redis_server, look_at_redis),
        "COURSE_DATABASE_URL": (postgres_server, look_at_postgres),
    }[variable]
    with pytest.raises(CannotStart) as failed:
        meet()
    said = str(failed.value)

    assert said.startswith(
        f"{variable} names {shown or address}. We asked there for a database"
    )
    assert seen in said
    assert "docker compose start" in said
    assert f"or unset {variable}: then the course starts a server of its own." in said
    assert "cret" not in said
    assert look() == (True, said)


def test_an_account_without_rights(shared, monkeypatch):
    """
    An account that may not make a database is told so, and nothing is made.
    """
    before = names(shared)
    address = os.environ["COURSE_DATABASE_URL"].replace("//postgres@", "//worker:theirs@")
    monkeypatch.setenv("COURSE_DATABASE_URL", address)
    fault, words = look_at_postgres()

    assert fault
    assert "names postgresql://worker:…@127.0.0.1" in words
    assert "permission denied to create database" in words
    assert names(shared) == before


def test_a_server_that_went_meanwhile(theirs):
    """
    To give back a database on a server that is gone is one error with its variable.
    """
    server = redis_server()
    with theirs.database(0) as client:
        client.shutdown(nosave=True)
    with pytest.raises(CannotStart, match=r"COURSE_REDIS_URL names redis:.* the removal"):
        server.stop()
    server.stop()


def test_the_doctor_looks_at_both(monkeypatch, capsys):
    """
    The doctor names a server that was named and does not answer, and counts it as a fault.
    """
    assert look_at_redis() == (False, "the course starts its own; COURSE_REDIS_URL names none")
    monkeypatch.setenv("COURSE_REDIS_URL", f"redis://{REFUSED}")
    monkeypatch.setenv("COURSE_DATABASE_URL", f"postgresql://{REFUSED}/shop")

    assert _doctor.doctor() == 1
    said = capsys.readouterr().out
    assert f"✗ Redis: COURSE_REDIS_URL names redis://{REFUSED}." in said
    assert f"✗ PostgreSQL: COURSE_DATABASE_URL names postgresql://{REFUSED}/shop." in said


def test_the_doctor_and_a_server_that_answers(theirs, shared):
    """
    Where a database can be had, the doctor says of what, and leaves nothing there.
    """
    before = names(shared)

    assert look_at_redis()[0] is False
    assert "COURSE_REDIS_URL names Redis " in look_at_redis()[1]
    assert "COURSE_DATABASE_URL names PostgreSQL 1" in look_at_postgres()[1]
    assert theirs.keys() == set()
    assert names(shared) == before


def test_a_check_says_which_address():
    """
    A check whose part is named and does not answer could not check, in the same words.
    """
    environment = os.environ | {"COURSE_REDIS_URL": f"redis://{REFUSED}"}
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "check", "stampede", "--attempt", SOLUTION],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert "COULD NOT CHECK" in done.stdout
    assert (
        f"COURSE_REDIS_URL names redis://{REFUSED}. We asked there for a database"
        in done.stdout
    )
