"""
Follow a plan for a new column, with every version that is alive writing and reading.
"""

import http.client
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import PostgresServer, Process, postgres_server, start
from workbench.checks import Hint, expect, record

VERSIONS = ("v1", "write_both", "read_new", "v2")
USERS = 10
MOST_STEPS = 12


class Failure(NamedTuple):
    """
    A request that failed, or an answer that was not the last name entered.
    """

    moment: str  # who served
    after: str  # the last statement before
    writer: str  # the version that took the name
    asked: str  # the version that was asked
    found: str
    error: bool
    both_alive: bool  # the writer is there, too


class NotAPlan(Exception):
    """The file is no plan; the message says why."""


class Users:
    """
    The versions as processes, what was entered, and through whom.
    """

    def __init__(self, folder: Path, url: str, stack: ExitStack, name: str) -> None:
        self._folder, self._url, self._stack, self._name = folder, url, stack, name
        self._running: dict[str, Process] = {}
        self._entered = {user: (f"user{user}", "v1") for user in range(USERS)}
        self._count = 0
        self.statement = "the beginning"
        self.failures: list[Failure] = []

    def instance(self, version: str) -> Process:
        if version not in self._running:
            self._running[version] = self._stack.enter_context(
                start(
                    f"python users_{version}.py {{port}}",
                    ready="listening",
                    name=f"{self._name}, {version}",
                    cwd=self._folder,
                    env={"DATABASE_URL": self._url},
                )
            )
        return self._running[version]

    def meet(self, *alive: str) -> None:
        """
        Write through each version that is alive, then ask each for every user.
        """
        for version in alive:
            for _ in range(2):
                self._count += 1
                user, entered = self._count % USERS, f"name{self._count}"
                status, found = self._ask(version, "PUT", f"/users/{user}/{entered}")
                if status == 200:
                    self._entered[user] = entered, version
                else:
                    self._note(alive, version, version, found, error=True)
        for version in alive:
            for user, (entered, writer) in self._entered.items():
                status, found = self._ask(version, "GET", f"/users/{user}")
                if status != 200 or found != entered:
                    self._note(alive, writer, version, found, error=status != 200)

    def _note(
        self, alive: tuple[str, ...], writer: str, asked: str, found: str, *, error: bool
    ) -> None:
        self.failures.append(
            Failure(
                " and ".join(alive),
                self.statement,
                writer,
                asked,
                found,
                error,
                writer in alive,
            )
        )

    def _ask(self, version: str, method: str, path: str) -> tuple[int, str]:
        port = self.instance(version).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


class Found(NamedTuple):
    """
    What became of a plan.
    """

    problem: str  # why it is none, or nothing
    failures: list[Failure]
    serves: str  # the version in the end
    columns: list[str]

    @property
    def errors(self) -> int:
        return sum(failure.error for failure in self.failures)

    @property
    def wrong(self) -> int:
        return sum(not failure.error for failure in self.failures)


def read_plan(folder: Path) -> list[str]:
    try:
        steps = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))["steps"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, OSError) as error:
        raise NotAPlan(f"plan.toml has no steps: {error}") from None
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise NotAPlan("the steps are not a list of texts")
    if len(steps) > MOST_STEPS:
        raise NotAPlan(f"there are {len(steps)} steps, more than {MOST_STEPS}")
    for step in steps:
        if step.startswith("deploy ") and step.split(None, 1)[1] not in VERSIONS:
            raise NotAPlan(f"{step!r} is none of the versions {', '.join(VERSIONS)}")
    return steps


def follow(folder: Path, postgres: PostgresServer, name: str) -> Found:
    """
    Take each step; at each deploy, go there, back, and there again.
    """
    serves = "v1"
    with psycopg.connect(postgres.url, autocommit=True) as database, ExitStack() as stack:
        database.execute("SET statement_timeout = '5s'")
        database.execute("DROP TABLE IF EXISTS users")
        database.execute("CREATE TABLE users (id int PRIMARY KEY, name text)")
        database.execute(
            "INSERT INTO users SELECT n, 'user' || n FROM generate_series(0, %s) n", [USERS - 1]
        )
        users = Users(folder, postgres.url, stack, name)
        try:
            users.meet(serves)
            for step in read_plan(folder):
                if step.startswith("deploy "):
                    old, serves = serves, step.split(None, 1)[1]
                    for alive in ((old, serves), (serves,), (old, serves), (old,)):
                        users.meet(*alive)
                    users.meet(old, serves)
                    users.meet(serves)
                else:
                    database.execute(step)
                    users.statement = step
                    users.meet(serves)
        except NotAPlan as error:
            return Found(str(error), [], serves, [])
        except psycopg.Error as error:
            return Found(f"PostgreSQL: {str(error).splitlines()[0]}", [], serves, [])
        finally:
            record(name, None, users.instance(serves))
        row = database.execute("SELECT * FROM users LIMIT 0")
        columns = [column.name for column in row.description or ()]
    return Found("", users.failures, serves, columns)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    server = postgres_server()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def found(attempt: Path, postgres: PostgresServer) -> Found:
    return follow(attempt, postgres, "yours")


def diagnose(found: Found) -> Hint:
    """
    The first failure tells most; what follows may follow from it.
    """
    if found.problem:
        return Hint("not-a-plan", f"The plan can't be followed. {found.problem}")
    if not found.failures:
        return Hint(
            "not-finished",
            f"Nobody noticed anything. In the end {found.serves} serves, and the table has "
            f"{', '.join(found.columns)}. What was asked for?",
        )
    first = found.failures[0]
    return diagnose_error(first) if first.error else diagnose_wrong(first)


def diagnose_error(first: Failure) -> Hint:
    when = f"With {first.moment} alive, {first.asked} failed: {first.found}"
    if '"full_name"' in first.found:
        return Hint("new-name-missing", f"{when}. Which step gives it what it asks for?")
    if first.asked == "v1":
        return Hint("old-name-gone", f"{when}. Who still lives when this name goes?")
    return Hint("dropped-too-early", f"{when}. Who is the last that writes into it?")


def diagnose_wrong(first: Failure) -> Hint:
    told = f"With {first.moment} alive, {first.asked} told a name that wasn't the last entered"
    copied = "UPDATE" in first.after.upper()
    if first.found == "None" or (first.writer == "v1" and not copied):
        return Hint(
            "never-copied",
            f"{told}, which {first.writer} knew. What has the new column in a row that nobody "
            "has written since?",
        )
    if copied and first.writer == first.asked:
        return Hint(
            "copied-over-newer",
            f"{told} through {first.writer}, after {first.after!r}. "
            "Which of the two columns was newer by then?",
        )
    if first.writer == "v1" and not first.both_alive:
        return Hint(
            "copied-too-early",
            f"{told}: it was entered through v1, which was gone by then. From when on does "
            "nobody write the old column only?",
        )
    if first.writer == "v1":
        return Hint(
            "written-after-the-copy",
            f"{told} through v1. Into which column does v1 write, and which one is read?",
        )
    return Hint(
        "neighbours-differ",
        f"{told} through {first.writer}. What does {first.writer} write, and what does "
        f"{first.asked} read? Which version could stand between them?",
    )


@pytest.mark.control
def test_control(untouched: Path, postgres: PostgresServer) -> None:
    """With the plan as it was, names are lost, and there is no error."""
    seen = follow(untouched, postgres, "untouched")
    expect(
        seen.wrong > 0 and seen.errors == 0,
        done="the plan was followed, with all that live writing and reading",
        expected="wrong names, and no errors",
        seen=f"{seen.wrong} wrong, {seen.errors} errors",
    )


def test_nothing_fails(found: Found) -> None:
    """No request fails, whichever version answers it."""
    expect(
        not found.problem and found.errors == 0,
        done="your plan was followed, each deploy there, back, and there again",
        expected="0 errors",
        seen=found.problem or f"{found.errors} errors",
        hint=diagnose(found),
    )


def test_nothing_is_lost(found: Found) -> None:
    """What was entered is what everybody reads from then on."""
    expect(
        not found.problem and found.wrong == 0,
        done="every version that was alive wrote names, and was asked for all of them",
        expected="0 wrong names",
        seen=found.problem or f"{found.wrong} wrong names",
        hint=diagnose(found),
    )


def test_is_finished(found: Found) -> None:
    """In the end v2 serves, and the table has an id and a full_name."""
    expect(
        not found.problem and found.serves == "v2" and found.columns == ["id", "full_name"],
        done="your plan was followed to its end",
        expected="v2 serves; the table has id, full_name",
        seen=found.problem
        or f"{found.serves} serves; the table has {', '.join(found.columns)}",
        hint=diagnose(found),
    )
