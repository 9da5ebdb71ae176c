"""
Fleets of workers, an old generation and a new one, are asked for more reports than their pools
can take at a time.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

import psycopg
import pytest

from workbench import PostgresServer, Process, postgres_server, start, traffic, wait_until
from workbench.checks import expect, explanation, record

RESERVED, ADMINISTRATOR = 3, 1
OURS = 1  # connection of the check, beside those of which the service is told
GENERATIONS = 2  # during a deployment
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

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


class Plan(NamedTuple):
    """
    A fleet, and a database that it shares.
    """

    workers: int  # in a generation
    most: int  # connections of the database

    @property
    def free(self) -> int:
        """
        The connections that are there for both generations.
        """
        return self.most - RESERVED - ADMINISTRATOR

    @property
    def processes(self) -> int:
        return GENERATIONS * self.workers


def plans(seed: int) -> tuple[Plan, Plan, Plan]:
    """
    By day, in the evening and at night: what is left over when all is shared out is too little
    for the reserved by day, and just the administrator's at night.

    A share is one connection by day, and at night more than the ten at which some stop; in the
    evening one less is too few.
    """
    draw = random.Random(seed)
    by_day = 4 + 2  # who counts one generation and one worker more, gives each two
    in_the_evening = 4 * 3 + draw.choice((0, 1))
    at_night = 2 * draw.choice((14, 15)) + 1
    besides = RESERVED + ADMINISTRATOR
    return (
        Plan(2, by_day + besides),
        Plan(2, in_the_evening + besides),
        Plan(1, at_night + besides),
    )


def too_few(seed: int) -> Plan:
    """
    Less than two workers take with the pools of the documentation's example.
    """
    return Plan(1, 2 * random.Random(seed).choice((10, 11, 12)) + 1 + RESERVED + ADMINISTRATOR)


class Fleet(NamedTuple):
    """
    What was seen of a fleet whose workers all used as many connections as they could get.
    """

    plan: Plan
    failed: int  # reports
    first: int  # connections of the worker that came first
    at_work: int  # connections, of all workers
    least: int  # of these, for the worker that had the fewest
    kept: int  # when all reports were done
    seat: bool  # was left for the administrator

    @property
    def free(self) -> int:
        return self.plan.free

    @property
    def most(self) -> int:
        return self.plan.most

    @property
    def processes(self) -> str:
        return f"{self.plan.processes} workers"

    @property
    def share(self) -> int:
        """
        The connections of which a worker needs three quarters.
        """
        return self.free // self.plan.processes

    @property
    def enough(self) -> float:
        return 3 / 4 * self.share

    @property
    def starves(self) -> bool:
        return self.least < self.enough

    @property
    def name(self) -> str:
        return f"WORKERS={self.plan.workers}, MAX_CONNECTIONS={self.most}"


def run(folder: Path, plan: Plan, name: str) -> Fleet:
    """
    Start both generations of a fleet, ask every worker for reports, and count before any is
    finished.
    """
    with (
        postgres_server(max_connections=plan.most + OURS) as server,
        Database(server) as database,
        ExitStack() as stack,
    ):
        env = {"WORKERS": str(plan.workers), "MAX_CONNECTIONS": str(plan.most)}
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
            for number in range(plan.processes)
        ]
        for service in fleet:
            service.wait_log("Uvicorn running", timeout=20)
        try:
            seen = use_up(fleet, database, plan)
        finally:
            for service in fleet:  # one that hangs would take its time to end by itself
                service.kill()
    record(name, None, fleet[0])
    return seen


def use_up(fleet: list[Process], database: Database, plan: Plan) -> Fleet:
    """
    The first worker takes what it wants, then the others what they get.
    """
    database.hold_reports()
    with ExitStack() as stack:
        loads = []
        for services in (fleet[:1], fleet[1:]):
            loads += [
                stack.enter_context(
                    traffic(
                        f"{service.url}/reports", rate=300, requests=REPORTS, timeout=PATIENCE
                    )
                )
                for service in services
            ]
            for service in services:
                service.wait_log("report begun", times=REPORTS)
            at_work = database.connections_after_calm(SECONDS_OF_CALM)
        seat = database.has_a_seat()
        database.let_reports_go()
    kept = database.connections_after_calm(SECONDS_OF_CALM / 2)
    return Fleet(
        plan=plan,
        failed=sum(REPORTS - load.count("ok") for load in loads),
        first=at_work["worker_0"],
        at_work=at_work.total(),
        least=min(at_work[f"worker_{number}"] for number in range(len(fleet))),
        kept=kept.total(),
        seat=seat,
    )


class Found(NamedTuple):
    """
    The fleet by day, in the evening and at night, each while it is deployed.
    """

    day: Fleet
    evening: Fleet
    night: Fleet

    @property
    def refused(self) -> Fleet:
        """
        The one of which reports failed, the latest if several did.
        """
        return next(fleet for fleet in reversed(self) if fleet.failed)

    @property
    def starved(self) -> Fleet:
        """
        The one of which a worker starves, the latest if several do.
        """
        return next(fleet for fleet in reversed(self) if fleet.starves)

    def say(self, words: str) -> str:
        """
        The same words of each: "WORKERS=2, MAX_CONNECTIONS=10: 0 failed; WORKERS=2, …".
        """
        return "; ".join(f"{fleet.name}: {words.format(fleet=fleet)}" for fleet in self)


@explanation
def explain(found: Found) -> Iterator[str]:
    day, night = found.day, found.night
    if not any(fleet.kept for fleet in found):
        yield "keeps-none"
    if day.failed and night.first < night.enough:
        yield "fits-one-fleet"
    if day.failed and not night.failed and day.first < day.free:
        yield "one-is-a-share"
    if any(fleet.failed for fleet in found):
        yield from explain_refused(found.refused, day)
    elif not all(fleet.seat for fleet in found):
        yield "leaves-no-seat"
    if any(fleet.starves for fleet in found):
        yield "starves"


def explain_refused(fleet: Fleet, day: Fleet) -> Iterator[str]:
    """
    Of connections that the database did not have. By day there are several workers.
    """
    if fleet.kept < fleet.at_work:
        yield "forgets-the-overflow"
    if fleet.first * fleet.plan.processes <= fleet.most:
        yield "forgets-the-reserved"
    if day.first * day.plan.workers <= day.free:
        yield "forgets-the-old-generation"
    yield "forgets-the-others"


@pytest.fixture(scope="module", autouse=True)
def servers_of_our_own() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # Who uses up the connections of a server needs one of their own.
        patch.delenv("COURSE_DATABASE_URL", raising=False)
        yield


ASKED = f"{REPORTS} reports at a time of each worker, while the fleet is deployed"


@pytest.mark.control
def test_control(untouched: Path, seed: int) -> None:
    """Of the untouched workers reports fail, and the administrator is rejected."""
    fleet = run(untouched, too_few(seed), "untouched")

    expect(
        fleet.failed and not fleet.seat,
        done=f"{fleet.name}: {REPORTS} reports at a time of each of {fleet.processes}",
        expected="some fail, no connection is left",
        seen=f"{fleet.failed} failed, {'one' if fleet.seat else 'none'} is left",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, seed: int) -> Found:
    times = ("by day", "in the evening", "at night")
    return Found(*(run(attempt, *each) for each in zip(plans(seed), times, strict=True)))


def test_no_report_fails(found: Found) -> None:
    """No report fails."""
    expect(
        not any(fleet.failed for fleet in found),
        done=ASKED,
        expected="none failed",
        seen=found.say("≈ {fleet.failed} failed"),
        hint=explain(found),
    )


def test_one_connection_is_left(found: Found) -> None:
    """One connection is left for the administrator."""
    seats = {True: "served", False: "rejected"}
    expect(
        all(fleet.seat for fleet in found),
        done=f"{ASKED}; meanwhile the administrator connects",
        expected="served",
        seen="; ".join(f"{fleet.name}: {seats[fleet.seat]}" for fleet in found),
        hint=explain(found),
    )


def test_no_worker_starves(found: Found) -> None:
    """No worker starves."""
    expect(
        not any(fleet.starves for fleet in found),
        done=ASKED,
        expected=found.say("three quarters of {fleet.share} connections for each"),
        seen=found.say("≈ {fleet.least} for the one with the fewest"),
        hint=explain(found),
    )
