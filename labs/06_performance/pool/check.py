"""
Forty customers wait at a bank; then the database ends every connection.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from workbench import PostgresServer, Process, Traffic, start, traffic, wait_until
from workbench.checks import Hint, ask, expect, record

GRANTED = 5  # connections
REFUSED_ABOVE = 8  # the server's limit leaves room to see that somebody takes more
CUSTOMERS, ONE_BY_ONE, AFTERWARDS = 40, 10, 5
SECONDS_TO_THE_BANK = 6

TABLES = """
    CREATE TABLE products (name text PRIMARY KEY, price integer NOT NULL);
    CREATE TABLE payments (number serial PRIMARY KEY, amount integer NOT NULL);
    INSERT INTO products VALUES ('lamp', 42);
"""


class Database:
    """
    What its administrator can do and see; the shop is one of its users.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        # Named after the database, with which it goes.
        self.user = f"{parts.path.strip('/')}_shop"
        address = f"{self.user}:secret@{parts.hostname}:{parts.port or 5432}"
        self.url = parts._replace(netloc=address).geturl()
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(TABLES)
        self.as_user(
            f"CREATE ROLE {{}} LOGIN PASSWORD 'secret' CONNECTION LIMIT {REFUSED_ABOVE}"
        )
        self.as_user("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}")
        self.as_user("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {}")

    def as_user(self, command: str) -> None:
        self.connection.execute(sql.SQL(command).format(sql.Identifier(self.user)))

    def connections(self) -> dict[int, str]:
        """
        The shop's connections: process and state.
        """
        question = "SELECT pid, coalesce(state, '') FROM pg_stat_activity WHERE usename = %s"
        return dict(self.connection.execute(question, [self.user]).fetchall())

    def end_connections(self) -> None:
        question = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        self.connection.execute(question, [self.user])
        wait_until(lambda: not self.connections(), 5)

    def payments(self) -> int:
        row = self.connection.execute("SELECT count(*) FROM payments").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        self.end_connections()
        self.connection.close()


class AtTheBank(NamedTuple):
    """
    What was seen while forty customers wanted to pay, and what became of them.
    """

    waiting: int  # at the bank, at once
    connections: int
    in_transaction: int
    answered: int
    written: int


def pay_at_once(
    service: Process, bank: Process, database: Database
) -> tuple[AtTheBank, Traffic]:
    written = -database.payments()
    ask(bank, "/hold", method="PUT")

    def waiting() -> int:
        return int(ask(bank, "/waiting").text)

    url = f"{service.url}/buy"
    with traffic(url, rate=400, requests=CUSTOMERS, timeout=20, method="POST") as load:
        wait_until(lambda: waiting() + len(load.samples) == CUSTOMERS, SECONDS_TO_THE_BANK)
        at_the_bank = waiting()
        states = list(database.connections().values())
        ask(bank, "/release", method="PUT")
        load.mark("the bank works")
    written += database.payments()
    in_transaction = states.count("idle in transaction")
    seen = AtTheBank(at_the_bank, len(states), in_transaction, load.count("ok"), written)
    return seen, load


class Found(NamedTuple):
    """
    All that is known about a service.
    """

    kept: bool  # one connection for customers one by one
    crowd: AtTheBank
    served_afterwards: int  # after the database had ended the connections


def examine(service: Process, bank: Process, database: Database) -> tuple[Found, Traffic]:
    ask(service, "/buy", method="POST")
    first = set(database.connections())
    for _ in range(ONE_BY_ONE - 1):
        ask(service, "/buy", method="POST")
    kept = bool(first & set(database.connections()))
    crowd, load = pay_at_once(service, bank, database)
    database.end_connections()
    url = f"{service.url}/buy"
    with traffic(url, rate=100, requests=AFTERWARDS, timeout=10, method="POST") as afterwards:
        afterwards.wait(AFTERWARDS)
    return Found(kept, crowd, afterwards.count("ok")), load


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    crowd = found.crowd
    if not found.kept:
        return Hint(
            "connects-each-time",
            f"Of {ONE_BY_ONE} customers, one after the other, the last one did not use the "
            "connection of the first. What becomes of a connection that is given back?",
        )
    if crowd.connections > GRANTED:
        return Hint(
            "takes-more",
            f"It had {crowd.connections} connections at once and was refused the next; "
            f"{GRANTED} are granted. What were they doing: working, or waiting for the bank?",
        )
    return diagnose_waiting(crowd) or diagnose_afterwards(found)


def diagnose_waiting(crowd: AtTheBank) -> Hint | None:
    """
    Of customers who hold a connection while the bank works.
    """
    if crowd.waiting > crowd.connections:  # nobody holds one while the bank works
        return None
    if not crowd.in_transaction:
        return Hint(
            "keeps-without-transaction",
            f"No transaction was open, and still only {crowd.waiting} of {CUSTOMERS} "
            "customers were at the bank. Does the end of a transaction give the connection "
            "back?",
        )
    if crowd.answered == CUSTOMERS:
        return Hint(
            "lets-them-wait",
            f"All {CUSTOMERS} were served in the end, but only {crowd.waiting} at a time were "
            "at the bank. Where did the others wait, and for what?",
        )
    return Hint(
        "holds-while-waiting",
        f"{crowd.waiting} customers were at the bank, and {crowd.in_transaction} connections "
        "were 'idle in transaction'. Does the bank need your connection?",
    )


def diagnose_afterwards(found: Found) -> Hint | None:
    """
    Of what is wrong although nobody holds a connection while the bank works.
    """
    if found.crowd.written < found.crowd.answered:
        return Hint(
            "pays-and-forgets",
            f"{found.crowd.answered} customers were told that they have paid, and "
            f"{found.crowd.written} payments are in the table. What ends a transaction well?",
        )
    if found.crowd.answered < CUSTOMERS:
        return Hint(
            "gives-up-early",
            f"{found.crowd.waiting} customers were at the bank, so nobody holds a connection "
            f"meanwhile; but {found.crowd.answered} of {CUSTOMERS} were served. How long may "
            "a customer wait for a connection?",
        )
    if failed := AFTERWARDS - found.served_afterwards:
        return Hint(
            "trusts-dead-connections",
            f"The database ended the connections while they were idle, and {failed} of the "
            f"next {AFTERWARDS} customers failed. How could the pool know before it lends one "
            "out?",
        )
    return None


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[Database]:
    database = Database(postgres.url)
    try:
        yield database
    finally:
        database.close()


@pytest.fixture(scope="module")
def bank(untouched: Path) -> Iterator[Process]:
    with start("python bank.py {port}", ready="/waiting", name="bank", cwd=untouched) as bank:
        yield bank


def run(folder: Path, name: str, bank: Process, database: Database) -> Process:
    return start(
        "python service.py {port}",
        ready="/healthz",
        name=name,
        cwd=folder,
        env={"DATABASE_URL": database.url, "BANK": bank.url},
    )


@pytest.mark.control
def test_control(untouched: Path, bank: Process, database: Database) -> None:
    """The untouched service turns customers away while the bank is slow."""
    with run(untouched, "untouched", bank, database) as service:
        seen, load = pay_at_once(service, bank, database)
    record("untouched", load, service)
    database.end_connections()

    expect(
        seen.waiting == seen.in_transaction == GRANTED and load.count("error"),
        done=f"{CUSTOMERS} customers at a time, the bank is slow",
        expected=f"{GRANTED} at the bank, as many connections idle in transaction, errors",
        seen=f"{seen.waiting} at the bank, {seen.in_transaction} connections idle in "
        f"transaction, {load.count('error')} errors",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, bank: Process, database: Database) -> Found:
    with run(attempt, "yours", bank, database) as service:
        found, load = examine(service, bank, database)
    record("yours", load, service)
    return found


def test_all_customers_are_at_the_bank(found: Found) -> None:
    """Forty customers at a time are at the bank at once."""
    expect(
        found.crowd.waiting == CUSTOMERS,
        done=f"{CUSTOMERS} customers at a time, the bank is slow",
        expected=f"{CUSTOMERS} at the bank",
        seen=f"{found.crowd.waiting} at the bank",
        hint=diagnose(found),
    )


def test_all_customers_are_served(found: Found) -> None:
    """All of them are served, and every payment is written down."""
    expect(
        found.crowd.answered == found.crowd.written == CUSTOMERS,
        done=f"{CUSTOMERS} customers at a time, then the bank takes the payments",
        expected=f"{CUSTOMERS} served, {CUSTOMERS} payments in the table",
        seen=f"{found.crowd.answered} served, {found.crowd.written} payments in the table",
        hint=diagnose(found),
    )


def test_five_connections_are_enough(found: Found) -> None:
    """It has five connections at most, and keeps them."""
    kept = "kept" if found.kept else "not kept"
    expect(
        found.crowd.connections <= GRANTED and found.kept,
        done=f"{ONE_BY_ONE} customers one after the other, {CUSTOMERS} at a time",
        expected=f"at most {GRANTED} connections, kept from one customer to the next",
        seen=f"{found.crowd.connections} connections, {kept}",
        hint=diagnose(found),
    )


def test_survives_the_end_of_its_connections(found: Found) -> None:
    """When the database has ended its connections, the next customers are served."""
    expect(
        found.served_afterwards == AFTERWARDS,
        done=f"the database ended all connections, then {AFTERWARDS} customers",
        expected=f"{AFTERWARDS} served",
        seen=f"{found.served_afterwards} served",
        hint=diagnose(found),
    )
