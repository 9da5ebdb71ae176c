"""
Fleets of workers are asked for more reports than their pools can take at a time.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import PostgresServer, Process, postgres_server, start, traffic, wait_until
from workbench.checks import Hint, expect, record

MAX_CONNECTIONS, RESERVED, ADMINISTRATOR = 18, 3, 1
OURS = 1  # connection of the check, beside those of which the service is told
FOR_THE_FLEET = MAX_CONNECTIONS - RESERVED - ADMINISTRATOR
REPORTS = 24  # at a time, of every worker
SECONDS_OF_CALM = 0.5  # in which no connection comes, while as many as can be are made

# Seconds. A pool that the database refused every connection lets those who wait for one wait.
PATIENCE = 10

# Every report waits as long as somebody holds the lock.
TABLES = """
    CREATE ROLE worker LOGIN PASSWORD 'secret';
    CREATE ROLE administrator LOGIN PASSWORD 'secret';
    CREATE FUNCTION make_report() RETURNS void LANGUAGE sql
        AS 'SELECT pg_advisory_xact_lock_shared(1)';
"""


class Database:
    """
    A server of our own, its limits known, and a connection of a superuser to it.
    """

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.connection = psycopg.connect(server.url, autocommit=True)
        self.connection.execute(TABLES)

    def url(self, user: str, application: str) -> str:
        url = self.server.url.replace("//postgres@", f"//{user}:secret@")
        return f"{url}&application_name={application}"

    def hold_reports(self) -> None:
        self.connection.execute("SELECT pg_advisory_lock(1)")

    def let_reports_go(self) -> None:
        self.connection.execute("SELECT pg_advisory_unlock(1)")

    def connections(self) -> Counter[str]:
        """
        How many connections each worker has.
        """
        question = "SELECT application_name FROM pg_stat_activity WHERE usename = 'worker'"
        return Counter(name for (name,) in self.connection.execute(question).fetchall())

    def connections_after_calm(self, seconds: float) -> Counter[str]:
        """
        The same, once nothing has changed for so long.
        """
        last, since = self.connections(), time.monotonic()

        def is_calm() -> bool:
            nonlocal last, since
            now = self.connections()
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > seconds

        wait_until(is_calm, 10)
        return last

    def has_a_seat(self) -> bool:
        """
        Whether the administrator gets a connection.
        """
        try:
            psycopg.connect(self.url("administrator", "psql")).close()
        except psycopg.OperationalError:
            return False
        return True


class Fleet(NamedTuple):
    """
    What was seen of a fleet whose workers all used as many connections as they could get.
    """

    workers: int
    failed: int  # reports
    at_work: int  # connections
    least: int  # of these, for the worker that had the fewest
    kept: int  # when all reports were done
    seat: bool  # was left for the administrator

    @property
    def share(self) -> int:
        """
        The connections of which a worker needs three quarters.
        """
        return FOR_THE_FLEET // self.workers

    @property
    def starves(self) -> bool:
        return self.least < 3 / 4 * self.share

    @property
    def name(self) -> str:
        return f"{self.workers} worker{'s' if self.workers > 1 else ''}"


def run(folder: Path, workers: int, database: Database, name: str) -> Fleet:
    """
    Start a fleet, ask every worker for reports, and count before any is finished.
    """
    env = {"WORKERS": str(workers), "MAX_CONNECTIONS": str(MAX_CONNECTIONS)}
    with ExitStack() as stack:
        fleet = [
            stack.enter_context(
                start(
                    "python service.py {port}",
                    ready=None,
                    name=f"{name} {number}",
                    cwd=folder,
                    env=env | {"DATABASE_URL": database.url("worker", f"worker_{number}")},
                )
            )
            for number in range(workers)
        ]
        for service in fleet:
            service.wait_log("Uvicorn running", timeout=20)
        try:
            seen = use_up(fleet, database)
        finally:
            for service in fleet:  # one that hangs would take its time to end by itself
                service.kill()
    record(name, None, fleet[0])
    wait_until(lambda: not database.connections(), 5)
    return seen


def use_up(fleet: list[Process], database: Database) -> Fleet:
    database.hold_reports()
    with ExitStack() as stack:
        loads = [
            stack.enter_context(
                traffic(f"{service.url}/reports", rate=300, requests=REPORTS, timeout=PATIENCE)
            )
            for service in fleet
        ]
        for service in fleet:
            service.wait_log("report begun", times=REPORTS)
        at_work = database.connections_after_calm(SECONDS_OF_CALM)
        seat = database.has_a_seat()
        database.let_reports_go()
    kept = database.connections_after_calm(SECONDS_OF_CALM / 2)
    return Fleet(
        workers=len(fleet),
        failed=sum(REPORTS - load.count("ok") for load in loads),
        at_work=at_work.total(),
        least=min(at_work[f"worker_{number}"] for number in range(len(fleet))),
        kept=kept.total(),
        seat=seat,
    )


class Found(NamedTuple):
    """
    The fleet by day and the fleet at night.
    """

    day: Fleet
    night: Fleet

    def say(self, words: str) -> str:
        """
        The same words of both fleets: "4 workers: 0 failed; 1 worker: 0 failed".
        """
        return "; ".join(f"{fleet.name}: {words.format(fleet=fleet)}" for fleet in self)


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if not any(fleet.kept for fleet in found):
        return Hint(
            "keeps-none",
            "When the reports were done, no connection was left open. How many does a pool "
            "open that keeps none, and who limits it?",
        )
    return diagnose_refused(found) or diagnose_starving(found)


def diagnose_refused(found: Found) -> Hint | None:
    """
    Of connections that the database did not have.
    """
    day, night = found
    refused = [fleet for fleet in found if fleet.failed]
    if refused and all(fleet.kept < fleet.at_work for fleet in refused):
        fleet = refused[0]
        return Hint(
            "forgets-the-overflow",
            f"{fleet.name}: {fleet.at_work} connections were at work, and {fleet.kept} were "
            "kept afterwards. What are the others, and did you count them?",
        )
    if day.failed and not night.failed:
        return Hint(
            "forgets-the-others",
            f"One worker alone gets what it wants; of {day.name} {day.failed} reports failed. "
            "By how much grows what they take together?",
        )
    if refused:
        fleet = refused[0]
        return Hint(
            "forgets-the-reserved",
            f"{fleet.name}: with {fleet.at_work} connections at work of {MAX_CONNECTIONS} the "
            "database refused the next. For whom are the others?",
        )
    if not all(fleet.seat for fleet in found):
        return Hint(
            "leaves-no-seat",
            "No report failed, but the administrator was rejected. As whom does an "
            "administrator come who is no superuser?",
        )
    return None


def diagnose_starving(found: Found) -> Hint | None:
    """
    Of workers with too few connections.
    """
    day, night = found
    if night.starves and not day.starves:
        return Hint(
            "fits-one-fleet",
            f"Alone at night, a worker uses {night.least} connections, and {night.share} are "
            "free for it. What do your numbers depend on?",
        )
    if day.starves:
        return Hint(
            "starves",
            f"{day.name}: {day.at_work} connections at work, and {FOR_THE_FLEET} are there for "
            "them. What do the other reports wait for, the database or the pool?",
        )
    return None


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with pytest.MonkeyPatch.context() as patch:
        # Who uses up the connections of a server needs one of their own.
        patch.delenv("COURSE_DATABASE_URL", raising=False)
        with postgres_server(max_connections=MAX_CONNECTIONS + OURS) as server:
            database = Database(server)
            yield database
            database.connection.close()


@pytest.mark.control
def test_control(untouched: Path, database: Database) -> None:
    """Of two untouched workers, reports fail, and the administrator is rejected."""
    fleet = run(untouched, 2, database, "untouched")

    expect(
        fleet.failed and not fleet.seat,
        done=f"{REPORTS} reports at a time of each of {fleet.name}",
        expected="some fail, no connection is left",
        seen=f"{fleet.failed} failed, {'one' if fleet.seat else 'none'} is left",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, database: Database) -> Found:
    return Found(run(attempt, 4, database, "by day"), run(attempt, 1, database, "at night"))


DONE = f"{REPORTS} reports at a time of each of 4 workers; of 1 worker"


def test_no_report_fails(found: Found) -> None:
    """No report fails."""
    expect(
        not any(fleet.failed for fleet in found),
        done=DONE,
        expected="none failed",
        seen=found.say("≈ {fleet.failed} failed"),
        hint=diagnose(found),
    )


def test_one_connection_is_left(found: Found) -> None:
    """One connection is left for the administrator."""
    seats = {True: "served", False: "rejected"}
    expect(
        all(fleet.seat for fleet in found),
        done=f"{DONE}; meanwhile the administrator connects",
        expected="served",
        seen="; ".join(f"{fleet.name}: {seats[fleet.seat]}" for fleet in found),
        hint=diagnose(found),
    )


def test_no_worker_starves(found: Found) -> None:
    """No worker starves."""
    expect(
        not any(fleet.starves for fleet in found),
        done=DONE,
        expected=found.say("three quarters of {fleet.share} connections for each"),
        seen=found.say("≈ {fleet.least} for the one with the fewest"),
        hint=diagnose(found),
    )
