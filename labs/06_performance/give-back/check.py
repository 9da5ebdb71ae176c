"""
A dozen customers read one page of a report and wait; then the report changes, and they read on.
"""

import http.client
import random
import select
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from psycopg import sql

from workbench import PostgresServer, Process, wait_until
from workbench.checks import ask, expect, explanation, patience, record, start_service

GRANTED = 5  # connections
REFUSED_ABOVE = 8  # the server's limit leaves room to see that somebody takes more
READERS, LEAVE, ASKED = 12, 8, 5
PAGE = 65536  # bytes
MIB = 1024 * 1024
SECONDS_TO_BEGIN, SECONDS_TO_READ = 4.0, 15.0

TABLES = Path(__file__).with_name("tables.sql").read_text(encoding="utf-8")
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'no space left on device'; END $$;
"""
AT_THE_INSERT = "CREATE TRIGGER no_space BEFORE INSERT ON downloads EXECUTE FUNCTION refuse()"
AT_THE_COMMIT = """
    CREATE CONSTRAINT TRIGGER no_space AFTER INSERT ON downloads
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
"""
WRITABLE_AGAIN = "DROP TRIGGER no_space ON downloads"


class Report(NamedTuple):
    """
    A report as it is at one moment.
    """

    name: str
    amounts: list[int]

    def read(self, pages: bytes) -> list[bool]:
        """
        For each page that was sent, whether it is this report's.
        """
        sent = [page.split()[:2] for page in pages.split(b"\n") if page]
        due = [[b"%d" % n, b"%d" % amount] for n, amount in enumerate(self.amounts, 1)]
        return [page == line for page, line in zip(sent, due, strict=False)]

    def is_in(self, pages: bytes) -> bool:
        return len(pages) == PAGE * len(self.amounts) and all(self.read(pages))


class Shop:
    """
    The database of a shop, as its administrator sees it.
    """

    def __init__(self, url: str, seed: int) -> None:
        self.chance = random.Random(seed)
        parts = urlsplit(url)
        self.user = f"{parts.path.strip('/')}_reports"  # goes with the database
        address = f"{self.user}:secret@{parts.hostname}:{parts.port or 5432}"
        self.url = parts._replace(netloc=address).geturl()
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(TABLES + REFUSE)
        for command in (
            f"CREATE ROLE {{}} LOGIN PASSWORD 'secret' CONNECTION LIMIT {REFUSED_ABOVE}",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {}",
        ):
            self.connection.execute(sql.SQL(command).format(sql.Identifier(self.user)))
        self.price = 0
        self.connection.execute("INSERT INTO prices VALUES (0)")
        self.change_price()
        name = f"report-{self.chance.randrange(1_000_000)}"
        amounts = self.drawn(self.chance.randint(220, 280))  # too much for a socket's buffers
        self.report = Report(name, amounts)
        self.connection.execute("INSERT INTO reports VALUES (%s)", [name])
        with self.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO lines VALUES (%s, %s, %s)",
                [(name, number, amount) for number, amount in enumerate(amounts, 1)],
            )

    def drawn(self, length: int) -> list[int]:
        return [self.chance.randrange(1, 10_000) for _ in range(length)]

    def change_price(self) -> None:
        self.price += self.chance.randint(1, 90)
        self.connection.execute("UPDATE prices SET price = %s", [self.price])

    def change_report(self) -> Report:
        """
        Raise every amount, of a report that keeps its name; return it as it was.
        """
        before, more = self.report, self.chance.randint(10_000, 90_000)
        self.connection.execute(
            "UPDATE lines SET amount = amount + %s WHERE report = %s", [more, before.name]
        )
        self.report = Report(before.name, [amount + more for amount in before.amounts])
        return before

    def begin_another(self) -> str:
        """
        A report that has no lines yet; its name.
        """
        name = f"{self.report.name}-next"
        self.connection.execute("INSERT INTO reports VALUES (%s)", [name])
        return name

    def states(self) -> list[str]:
        """
        What each of the shop's connections is doing.
        """
        question = "SELECT coalesce(state, '') FROM pg_stat_activity WHERE usename = %s"
        return [state for (state,) in self.connection.execute(question, [self.user])]

    def in_transactions(self) -> int:
        return sum(state != "idle" for state in self.states())

    def at_rest(self) -> list[str]:
        """
        `states`, as soon as none is in a transaction, or of the last of three seconds.

        Whoever reads page by page is done when what lies between them and the customer is full.
        """
        looks: list[list[str]] = []

        def rests() -> bool:
            looks.append(self.states())
            return set(looks[-1]) <= {"idle"}

        wait_until(rests, 3)
        return looks[-1]

    def noted(self) -> int:
        """
        How many downloads have been written down.
        """
        row = self.connection.execute("SELECT count(*) FROM downloads").fetchone()
        assert row is not None
        return int(row[0])

    def end(self) -> None:
        """
        Forget the downloads, and end what the shop has left open.
        """
        question = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        self.connection.execute(question, [self.user])
        wait_until(lambda: not self.states(), 5)
        self.connection.execute("TRUNCATE downloads")


class Customer:
    """
    Downloads a report, and reads no further than they are told.
    """

    def __init__(self, service: Process, report: str) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", service.port or 0)
        self._http.sock = socket.socket()
        self._http.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PAGE)  # and no more
        self._http.sock.settimeout(SECONDS_TO_READ * patience())
        self._http.sock.connect(("127.0.0.1", service.port))
        self._http.request("GET", f"/reports/{report}")
        self.status: int | None = None
        self.pages = b""

    def is_answered(self) -> bool:
        return bool(select.select([self._http.sock], [], [], 0)[0])

    def read_a_page(self) -> None:
        """
        Take the answer's status, and its first page if there is one by now.
        """
        if not self.is_answered():
            return
        with suppress(OSError, http.client.HTTPException):
            self._answer = self._http.getresponse()
            self.status = self._answer.status
            self._take(PAGE)

    def read_on(self) -> None:
        """
        Read to the end, wherever that is.
        """
        with suppress(OSError, http.client.HTTPException):
            while self.has_begun and self._take(PAGE):
                pass

    def _take(self, most: int) -> int:
        try:
            page = self._answer.read(most)
        except http.client.IncompleteRead as error:
            page = error.partial
        self.pages += page
        return len(page)

    @property
    def has_begun(self) -> bool:
        return self.status == 200 and len(self.pages) >= PAGE

    def leave(self) -> None:
        self._http.close()


def download(service: Process, report: str) -> Customer:
    """
    One download from its beginning to its end.
    """
    customer = Customer(service, report)
    wait_until(customer.is_answered, SECONDS_TO_BEGIN)
    customer.read_a_page()
    customer.read_on()
    customer.leave()
    return customer


class Seen(NamedTuple):
    """
    What was seen of a dozen customers, and of those after them.
    """

    begun: int  # with their first page
    told: int  # the right price, meanwhile
    connections: int
    held: int  # of these, in a transaction
    noted: int  # downloads, while they were reading
    broken: int  # failed, or began with a 200 and have an end too early
    grown: int  # MiB, by which the service did
    pages: int  # MiB, of all that these customers will read
    # What follows is not tried with a service that leaves somebody without a page.
    noted_at_last: int = 0
    mixed: int = 0  # of two moments
    whole: int = 0  # and of the one when they were asked for
    old: bool = False  # what was given after the change
    new: bool = False
    afterwards: int = 0  # customers with a first page, when others have left
    refused: tuple[int | None, ...] = ()  # the statuses where it can't be written down
    unknown: int | None = None  # … of a report that is not there
    noted_besides: int = 0  # of the refused and of the unknown one
    empty: int | None = None  # the status of a report that is there and has no lines yet
    empty_noted: int = 0


def begin(service: Process, report: str) -> list[Customer]:
    customers = [Customer(service, report) for _ in range(READERS)]
    wait_until(lambda: all(each.is_answered() for each in customers), SECONDS_TO_BEGIN)
    for customer in customers:
        customer.read_a_page()
    return customers


def ask_for_prices(service: Process, shop: Shop) -> int:
    """
    How many of those who asked were told the price; the first who was told nothing is the last.
    """
    told = 0
    for _ in range(ASKED):
        shop.change_price()
        answer = ask(service, "/price")
        told += answer.text == str(shop.price)
        if answer.status is None:
            break
    return told


def status_of(service: Process, shop: Shop, trigger: str) -> int | None:
    """
    The status of a download that cannot be written down.
    """
    shop.connection.execute(trigger)
    customer = download(service, shop.report.name)
    shop.connection.execute(WRITABLE_AGAIN)
    return customer.status


def resident(service: Process) -> int:
    """
    Bytes of memory that it takes.
    """
    try:
        return int(psutil.Process(service.pid).memory_info().rss)
    except psutil.Error:  # it has ended
        return 0


def attack(service: Process, shop: Shop) -> Seen:
    before_them = resident(service)
    customers = begin(service, shop.report.name)
    states, noted = shop.at_rest(), shop.noted()
    grown = resident(service) - before_them
    seen = Seen(
        begun=sum(customer.has_begun for customer in customers),
        told=ask_for_prices(service, shop),
        connections=len(states),
        held=sum(state != "idle" for state in states),
        noted=noted,
        broken=sum(each.status is not None and not each.has_begun for each in customers),
        grown=grown // MIB,
        pages=READERS * PAGE * len(shop.report.amounts) // MIB,
    )
    if seen.begun < READERS:
        return seen
    before = shop.change_report()
    for customer in customers[:LEAVE]:
        customer.leave()
    staying = [customer for customer in customers[LEAVE:] if customer.has_begun]
    for customer in staying:
        customer.read_on()
        customer.leave()
    ends = [len(customer.pages) == PAGE * len(before.amounts) for customer in staying]
    whole = sum(before.is_in(customer.pages) for customer in staying)
    seen = seen._replace(
        broken=seen.broken + ends.count(False), whole=whole, mixed=ends.count(True) - whole
    )
    return afterwards(service, shop, before, seen)


def afterwards(service: Process, shop: Shop, before: Report, seen: Seen) -> Seen:
    """
    Others come, one of them reads to the end; and then nothing can be written down.
    """
    others = begin(service, shop.report.name)
    for customer in others:
        customer.leave()
    late = download(service, shop.report.name)
    wait_until(lambda: shop.noted() > 2 * READERS, 1)
    noted = shop.noted()
    refused = tuple(status_of(service, shop, each) for each in (AT_THE_INSERT, AT_THE_COMMIT))
    unknown = download(service, f"no-{shop.report.name}").status
    besides = shop.noted() - noted
    empty = download(service, shop.begin_another()).status
    return seen._replace(
        noted_at_last=noted,
        old=before.is_in(late.pages),
        new=shop.report.is_in(late.pages),
        afterwards=sum(customer.has_begun for customer in others),
        refused=refused,
        unknown=unknown,
        noted_besides=besides,
        empty=empty,
        empty_noted=shop.noted() - noted - besides,
    )


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.connections > GRANTED:
        yield "takes-more"
    if seen.broken and not seen.held and seen.begun != GRANTED:  # so many is a pool run dry
        yield "reads-after-giving-back"
    if seen.held or seen.begun == GRANTED:
        yield "holds-while-they-read"
    if seen.mixed:
        yield "two-moments"
    if seen.old:
        yield "from-memory"
    if seen.noted < min(seen.begun, seen.noted_at_last):
        yield "noted-too-late"
    if seen.noted < seen.begun:
        yield "never-noted"
    if 200 in seen.refused:
        yield "delivered-all-the-same"
    yield from explain_reports(seen)


def explain_reports(seen: Seen) -> Iterator[str]:
    """
    Of what a report is, and how much of it is kept.
    """
    if seen.grown > seen.pages / 2:
        yield "pages-in-memory"
    if seen.empty == 404:
        yield "empty-is-missing"


@pytest.fixture(scope="module")
def shop(postgres: PostgresServer, seed: int) -> Iterator[Shop]:
    shop = Shop(postgres.url, seed)
    try:
        yield shop
    finally:
        shop.end()
        shop.connection.close()


def run(folder: Path, name: str, shop: Shop) -> Process:
    return start_service(folder, name, env={"DATABASE_URL": shop.url})


@pytest.mark.control
def test_control(untouched: Path, shop: Shop) -> None:
    """The untouched service serves five customers, and nobody besides."""
    with run(untouched, "untouched", shop) as service:
        customers = begin(service, shop.report.name)
        begun, held = sum(each.has_begun for each in customers), shop.in_transactions()
        price = ask(service, "/price")
        for customer in customers:
            customer.leave()
    shop.end()

    expect(
        begun == held == GRANTED and price.status != 200,
        done=f"{READERS} customers read a page and wait; then somebody asks for the price",
        expected=f"{GRANTED} of them begin, each in a transaction; no price",
        seen=f"{begun} begin, {held} in a transaction; the price is answered {price.status}",
    )


@pytest.fixture(scope="module")
def seen(attempt: Path, shop: Shop) -> Iterator[Seen]:
    with run(attempt, "yours", shop) as service:
        yield attack(service, shop)
        record("yours", None, service)
        service.kill()


DONE = f"{READERS} customers read the first page of a report, and no further"


def test_everybody_is_served(seen: Seen) -> None:
    """A dozen customers download at a time, and others are told the price meanwhile."""
    expect(
        seen.begun == READERS and seen.told == ASKED,
        done=f"{DONE}; then {ASKED} others ask for the price",
        expected=f"{READERS} first pages, {ASKED} prices",
        seen=f"{seen.begun} first pages, {seen.told} prices",
        hint=explain(seen),
    )


def test_nobody_holds_a_connection(seen: Seen) -> None:
    """Meanwhile no connection is held, and there are five at most."""
    expect(
        not seen.held and seen.connections <= GRANTED,
        done=DONE,
        expected=f"none in a transaction, of {GRANTED} connections at most",
        seen=f"{seen.held} in a transaction, of {seen.connections} connections",
        hint=explain(seen),
    )


def test_each_download_is_whole(seen: Seen) -> None:
    """Each download is whole, and of the moment when it was asked for."""
    staying = READERS - LEAVE
    expect(
        seen.whole == staying and not seen.broken,
        done=f"{DONE}; the report is changed, and {staying} of them read on",
        expected=f"{staying} whole downloads of the report as it was",
        seen=f"{seen.whole} of them; {seen.broken} end too early, {seen.mixed} are of two "
        "moments",
        hint=explain(seen),
    )


def test_pages_are_made_when_they_are_read(seen: Seen) -> None:
    """The pages that nobody has read yet are not in memory."""
    expect(
        seen.grown <= seen.pages / 2,
        done=DONE,
        expected=f"less memory than half of the {seen.pages} MiB that they want to read",
        seen=f"≈ {seen.grown} MiB more",
        hint=explain(seen),
    )


def test_the_next_one_sees_the_change(seen: Seen) -> None:
    """A download that begins after a change shows it."""
    expect(
        seen.new,
        done="the report was changed, then somebody downloads it",
        expected="the report as it is now",
        seen="as it is now" if seen.new else "as it was" if seen.old else "neither",
        hint=explain(seen),
    )


def test_who_leaves_takes_nothing_along(seen: Seen) -> None:
    """Customers who leave in the middle take no connection along."""
    expect.equal(
        seen.afterwards,
        READERS,
        "first pages",
        done=f"{LEAVE} customers left in the middle, then {READERS} others came",
        hint=explain(seen),
    )


def test_each_download_is_noted(seen: Seen) -> None:
    """Each download is in the table, once, when its first byte is sent."""
    in_all = 2 * READERS + 1
    expect(
        seen.noted == READERS and seen.noted_at_last == in_all,
        done=f"{DONE}; later there are {in_all - READERS} more downloads",
        expected=f"{READERS} in the table by then, {in_all} in the end",
        seen=f"{seen.noted} in the table by then, {seen.noted_at_last} in the end",
        hint=explain(seen),
    )


def test_what_is_not_noted_is_not_sent(seen: Seen) -> None:
    """Where a download cannot be written down, there is a 500 and no download."""
    expect(
        seen.refused == (500, 500) and not seen.noted_besides,
        done="the database refuses, at the INSERT; then at the COMMIT",
        expected="500; 500",
        seen="; ".join(map(str, seen.refused)) or "not tried, since not all got a page",
        hint=explain(seen),
    )


def test_an_unknown_report_is_none(seen: Seen) -> None:
    """A report that isn't there is a 404."""
    expect(
        seen.unknown == 404 and not seen.noted_besides,
        done="a download of a report that isn't there",
        expected="404, and nothing in the table",
        seen=f"{seen.unknown}, {seen.noted_besides or 'nothing'} in the table",
        hint=explain(seen),
    )


def test_an_empty_report_is_one(seen: Seen) -> None:
    """A report without lines is there, and its download is empty and in the table."""
    expect(
        seen.empty == 200 and seen.empty_noted == 1,
        done="a download of a report that has no lines yet",
        expected="200, and 1 in the table",
        seen=f"{seen.empty}, and {seen.empty_noted} in the table",
        hint=explain(seen),
    )
