"""
Forty customers wait at a bank; then the database ends every connection, and then it hangs.
"""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
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
SECONDS_TO_BE_TOLD = 5  # that the database hangs

TABLES = Path(__file__).with_name("tables.sql").read_text(encoding="utf-8")


class Database:
    """
    What its administrator can do and see; the shop is one of its users.
    """

    def __init__(self, url: str, seed: int) -> None:
        self.chance, self.price = random.Random(seed), 42
        parts = urlsplit(url)
        # Named after the database, with which it goes.
        self.user = f"{parts.path.strip('/')}_shop"
        address = f"{self.user}:secret@{parts.hostname}:{parts.port or 5432}"
        self.url = parts._replace(netloc=address).geturl()
        self.connection = psycopg.connect(url, autocommit=True)
        self.another = psycopg.connect(url)
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

    def change_price(self) -> None:
        """
        To one that it never had before.
        """
        self.price += self.chance.randint(1, 90)
        self.connection.execute("UPDATE products SET price = %s", [self.price])

    def payments(self) -> list[int]:
        """
        What was written down, in order.
        """
        question = "SELECT amount FROM payments ORDER BY number"
        return [amount for (amount,) in self.connection.execute(question)]

    def hang(self) -> None:
        """
        From now on let everybody wait who asks for a price.
        """
        self.another.execute("LOCK TABLE products")

    def go_on(self) -> None:
        self.another.rollback()

    def close(self) -> None:
        self.go_on()
        self.end_connections()
        self.another.close()
        self.connection.close()


class AtTheBank(NamedTuple):
    """
    What was seen while forty customers wanted to pay, and what became of them.
    """

    waiting: int  # at the bank, at once
    connections: int
    in_transaction: int
    too_early: int  # payments that were written before the bank took any
    answered: int
    written: int  # payments
    price: int
    asked_rightly: int  # of those who paid, how many paid the price
    written_rightly: int


def pay_at_once(
    service: Process, bank: Process, database: Database
) -> tuple[AtTheBank, Traffic]:
    database.change_price()
    before = len(database.payments())
    ask(bank, "/hold", method="PUT")

    def waiting() -> int:
        return int(ask(bank, "/waiting").text)

    url = f"{service.url}/buy"
    with traffic(url, rate=400, requests=CUSTOMERS, timeout=20, method="POST") as load:
        wait_until(lambda: waiting() + len(load.samples) == CUSTOMERS, SECONDS_TO_THE_BANK)
        at_the_bank = waiting()
        states = list(database.connections().values())
        too_early = len(database.payments()) - before
        ask(bank, "/release", method="PUT")
        load.mark("the bank works")
    written = database.payments()[before:]
    seen = AtTheBank(
        at_the_bank,
        len(states),
        states.count("idle in transaction"),
        too_early,
        load.count("ok"),
        len(written),
        database.price,
        amounts(bank).count(database.price),
        written.count(database.price),
    )
    return seen, load


def amounts(bank: Process) -> list[object]:
    """
    What the bank was asked to take; nothing for what it could not read.
    """
    asked = []
    for line in ask(bank, "/asked").text.split("\n"):
        with suppress(ValueError, KeyError, TypeError):
            asked.append(json.loads(line)["amount"])
    return asked


def told_that_it_hangs(service: Process, database: Database) -> int:
    """
    Of twice as many customers as there are connections, how many are told in time.
    """
    url = f"{service.url}/buy"
    database.hang()
    with traffic(url, rate=100, requests=2 * GRANTED, timeout=20, method="POST") as load:
        wait_until(lambda: load.count("error") >= GRANTED, SECONDS_TO_BE_TOLD)
        told = load.count("error")
        database.go_on()
    return told


class Ended(NamedTuple):
    """
    What became of customers between whose steps the database ended the connections.
    """

    at_the_bank: int  # although the connections were dead when they came
    served: int  # although they were dead again when the bank had worked
    asked: int  # how often the bank was
    written: int  # payments
    price: int  # that they saw
    changed_to: int  # while they were at the bank
    written_rightly: int


def end_twice(service: Process, bank: Process, database: Database) -> Ended:
    """
    End the connections before customers come, and again, with another price, at the bank.
    """
    price, asked, written = database.price, len(amounts(bank)), len(database.payments())
    ask(bank, "/hold", method="PUT")

    def waiting() -> int:
        return int(ask(bank, "/waiting").text)

    database.end_connections()
    url = f"{service.url}/buy"
    with traffic(url, rate=100, requests=AFTERWARDS, timeout=10, method="POST") as load:
        wait_until(lambda: waiting() + len(load.samples) == AFTERWARDS, SECONDS_TO_THE_BANK)
        at_the_bank = waiting()
        database.change_price()
        database.end_connections()
        ask(bank, "/release", method="PUT")
        load.wait(AFTERWARDS)
    payments = database.payments()[written:]
    return Ended(
        at_the_bank,
        load.count("ok"),
        len(amounts(bank)) - asked,
        len(payments),
        price,
        database.price,
        payments.count(price),
    )


class Found(NamedTuple):
    """
    All that is known about a service.
    """

    kept: bool  # one connection for customers one by one
    crowd: AtTheBank
    ended: Ended
    told: int  # that the database hung, of those who found no connection


def examine(service: Process, bank: Process, database: Database) -> tuple[Found, Traffic]:
    served = ask(service, "/buy", method="POST").status == 200
    first = set(database.connections())
    for _ in range(ONE_BY_ONE - 1 if served else 0):
        ask(service, "/buy", method="POST")
    kept = bool(first & set(database.connections()))
    crowd, load = pay_at_once(service, bank, database)
    if not crowd.answered:
        return Found(kept, crowd, Ended(0, 0, 0, 0, 0, 0, 0), 0), load
    ended = end_twice(service, bank, database)
    told = told_that_it_hangs(service, database)
    return Found(kept, crowd, ended, told), load


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    crowd = found.crowd
    if not crowd.answered:
        return None
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
    if hint := diagnose_waiting(crowd):
        return hint
    if crowd.too_early:
        return Hint(
            "writes-too-early",
            f"The bank had taken nothing yet, and {crowd.too_early} payments were in the "
            "table. What stands there if the bank says no, or if your service ends now?",
        )
    return diagnose_afterwards(found)


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
    crowd = found.crowd
    if crowd.asked_rightly < crowd.answered or crowd.written_rightly < crowd.written:
        return Hint(
            "another-amount",
            f"A lamp costs {crowd.price}. Of {crowd.answered} customers who paid, the bank was "
            f"asked for that {crowd.asked_rightly} times, and it stands in "
            f"{crowd.written_rightly} of {crowd.written} payments. Where does your price come "
            "from, and who is told of it?",
        )
    if found.crowd.answered < CUSTOMERS:
        return Hint(
            "gives-up-early",
            f"{found.crowd.waiting} customers were at the bank, so nobody holds a connection "
            f"meanwhile; but {found.crowd.answered} of {CUSTOMERS} were served. How long may "
            "a customer wait for a connection?",
        )
    if hint := diagnose_ended(found.ended):
        return hint
    if found.told < GRANTED:
        return Hint(
            "waits-for-ever",
            f"The database hung, and after {SECONDS_TO_BE_TOLD} s {found.told} of those "
            f"{GRANTED} customers knew it who found no connection. How long does one wait for "
            "a connection?",
        )
    return None


def diagnose_ended(ended: Ended) -> Hint | None:
    """
    Of what becomes of customers when the database ends the connections.
    """
    if failed := AFTERWARDS - ended.at_the_bank:
        return Hint(
            "trusts-dead-connections",
            f"The database ended the connections while they were idle, and {failed} of the "
            f"next {AFTERWARDS} customers failed. How could the pool know before it lends one "
            "out?",
        )
    if ended.asked > AFTERWARDS:
        return Hint(
            "charges-twice",
            f"The connections were ended while {AFTERWARDS} customers were at the bank, and in "
            f"the end it had been asked {ended.asked} times. When a connection is dead, what "
            "do you do again, and which of that had been done?",
        )
    if ended.served < AFTERWARDS or ended.written < AFTERWARDS:
        return Hint(
            "trusts-them-afterwards",
            f"The connections were ended while {AFTERWARDS} customers were at the bank. It "
            f"took the money of all, and {ended.served} were served, {ended.written} payments "
            "written down. Who looks at the connection that writes, before it is lent out?",
        )
    if ended.written_rightly < ended.written:
        return Hint(
            "another-price-at-the-end",
            f"While {AFTERWARDS} customers were at the bank, the price changed from "
            f"{ended.price} to {ended.changed_to}; {ended.price} stands in "
            f"{ended.written_rightly} of {ended.written} payments. Which price did the bank "
            "take?",
        )
    return None


@pytest.fixture(scope="module")
def database(postgres: PostgresServer, seed: int) -> Iterator[Database]:
    database = Database(postgres.url, seed)
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


def test_nothing_is_written_before_the_bank(found: Found) -> None:
    """No payment is written down before the bank has taken it."""
    expect(
        found.crowd.too_early == 0,
        done=f"{CUSTOMERS} customers at a time, the bank has taken nothing yet",
        expected="no payment in the table",
        seen=f"{found.crowd.too_early} payments in the table",
        hint=diagnose(found),
    )


def test_each_pays_the_price(found: Found) -> None:
    """The bank is asked for the price, and it is what is written down."""
    crowd = found.crowd
    expect(
        crowd.asked_rightly >= crowd.answered and crowd.written_rightly == crowd.written,
        done=f"a lamp costs {crowd.price}, and {crowd.answered} customers bought one",
        expected=f"the bank is asked for {crowd.price} each time, and each payment says so",
        seen=f"asked {crowd.asked_rightly} times, {crowd.written_rightly} of {crowd.written} "
        "payments",
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
        found.ended.at_the_bank == AFTERWARDS,
        done=f"the database ended all connections, then {AFTERWARDS} customers",
        expected=f"{AFTERWARDS} at the bank",
        seen=f"{found.ended.at_the_bank} at the bank",
        hint=diagnose(found),
    )


def test_survives_it_at_the_bank(found: Found) -> None:
    """Who is at the bank meanwhile pays once, and that is written down."""
    ended = found.ended
    expect(
        ended.served == ended.asked == ended.written == AFTERWARDS,
        done=f"the database ended all connections, {AFTERWARDS} customers were at the bank",
        expected=f"{AFTERWARDS} served, the bank asked {AFTERWARDS} times, and "
        f"{AFTERWARDS} payments in the table",
        seen=f"{ended.served} served, the bank asked {ended.asked} times, and "
        f"{ended.written} payments in the table",
        hint=diagnose(found),
    )


def test_price_changes_meanwhile(found: Found) -> None:
    """A price that changes meanwhile is not theirs."""
    ended = found.ended
    expect(
        ended.written_rightly == ended.written,
        done=f"{AFTERWARDS} customers at the bank, the price changed from {ended.price} to "
        f"{ended.changed_to}",
        expected=f"each payment says {ended.price}",
        seen=f"{ended.written_rightly} of {ended.written} payments say so",
        hint=diagnose(found),
    )


def test_nobody_waits_for_ever(found: Found) -> None:
    """When the database hangs, whoever finds no connection is told so."""
    expect(
        found.told >= GRANTED,
        done=f"the database hung, and {2 * GRANTED} customers came",
        expected=f"at least {GRANTED} told so within {SECONDS_TO_BE_TOLD} s",
        seen=f"{found.told} told",
        hint=diagnose(found),
    )
