"""
A plan is carried out on a real PostgreSQL, while customers write and read at each step.
"""

import random
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from workbench import Process, measured, postgres_server, start
from workbench.checks import Hint, ask, expect, record

VERSIONS = ("v1", "v2", "v3", "v4")
SEED = 42
# Customers who read and never write: of some of them a batch's last id, or its first, is made.
RARE = (1, 2, 10, 50, 64, 99, 100, 128, 200, 256, 500, 512, 999, 1_000, 1_001, 1_024, 5_000)
IDS = (*RARE, *range(3, 10), *range(11, 34))  # some are missing: customers leave, too
CUSTOMERS = len(IDS)
# Names as people have typed them; whoever fills a column may not tidy up.
NAMES = {number: f"customer {number}" for number in IDS} | {10: "  Ada ", 5_000: ""}

TABLE = """
    DROP TABLE IF EXISTS customers;
    CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
    INSERT INTO customers VALUES %s;
"""


class Trouble(NamedTuple):
    """
    A request that failed, or an answer that was old.
    """

    step: str  # of the plan
    deploying: bool
    version: str
    error: str  # what the service said; empty for an old answer
    answer: str = ""
    written: int = 0  # in which step the customer had last written


class Shop:
    """
    The customers: what each of them wrote last, and what they met.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = psycopg.connect(url, autocommit=True)
        self.database.execute("SET lock_timeout = '5s'")
        self.reset()

    def reset(self) -> None:
        # The values are the check's own: a statement of several parts takes no parameters.
        rows = ", ".join(f"({number}, '{name}')" for number, name in NAMES.items())
        self.database.execute(TABLE.replace("%s", rows))
        self.truth = dict(NAMES)
        self.written = dict.fromkeys(self.truth, 0)
        self.dice = random.Random(SEED)
        self.number = 0  # of the step
        self.step = "at the beginning"
        self.deploying = False
        self.requests = 0
        self.values = 0
        self.troubles: list[Trouble] = []

    def columns(self) -> list[str]:
        rows = self.database.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'customers'"
        )
        return sorted(name for (name,) in rows)

    def ask(self, service: Process, method: str, customer: int, value: str = "") -> str | None:
        """
        Ask a version; nothing, if it fails.
        """
        self.requests += 1
        answer = ask(service, f"/{customer}", method=method, body=value, timeout=10)
        if answer.status == 200:
            return answer.text
        self.note(service, answer.text)
        return None

    def note(self, service: Process, error: str, answer: str = "", written: int = 0) -> None:
        self.troubles.append(
            Trouble(self.step, self.deploying, service.name, error, answer, written)
        )

    def write(self, service: Process, customer: int) -> None:
        self.values += 1
        value = f"value {self.values}"
        method = "PUT" if customer in self.truth else "POST"
        if self.ask(service, method, customer, value) is not None:
            self.truth[customer], self.written[customer] = value, self.number

    def read(self, service: Process, customer: int) -> None:
        answer = self.ask(service, "GET", customer)
        if answer is not None and answer != self.truth[customer]:
            self.note(service, "", answer, self.written[customer])

    def come(self, *services: Process) -> None:
        """
        Customers come: to each version to read, write and be added, to the next one to read.
        """
        known = list(self.truth)
        for number, customer in enumerate(known):
            self.read(services[number % len(services)], customer)
        busy = [customer for customer in known if customer not in RARE]
        for turn, service in enumerate(services):
            new = max(self.truth) + 1
            for customer in [*self.dice.sample(busy, len(busy) // (4 * len(services))), new]:
                self.write(service, customer)
                if customer in self.truth:
                    self.read(services[turn - 1], customer)


class Found(NamedTuple):
    """
    What became of a plan.
    """

    troubles: list[Trouble]
    requests: int
    refused: str  # by PostgreSQL, or by the check: the step that is none
    running: str
    columns: list[str]
    lost: int  # customers whose last value is not in full_name
    filled: list[int]  # the steps that changed rows
    renamed: bool  # name went in the step in which full_name came
    columns_before: list[str]  # before the step of the first trouble


def carry_out(folder: Path, who: str, shop: Shop) -> Found:
    shop.reset()
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8")).get("step", [])
    refused, running, filled, renamed = "", "v1", [], False
    before = shop.columns()
    with ExitStack() as stack:

        def run(version: str) -> Process:
            return stack.enter_context(
                start(
                    f"python {version}.py {{port}}",
                    ready="/healthz",
                    name=f"{version}, {who}",
                    cwd=folder,
                    env={"DATABASE_URL": shop.url},
                )
            )

        service = run("v1")
        shop.come(service)
        for number, step in enumerate(plan, 1):
            if shop.troubles:
                break
            before = shop.columns()
            shop.number, shop.step = number, describe(step)
            shop.deploying = "deploy" in step
            if shop.deploying and step["deploy"] in set(VERSIONS) - {running}:
                old, service = service, run(step["deploy"])
                running = step["deploy"]
                for versions in (
                    (old, service),
                    (service,),
                    (old,),
                    (old, service),
                    (service,),
                ):
                    shop.come(*versions)
                old.stop()
            elif "sql" in step:
                try:
                    changed = shop.database.execute(step["sql"]).rowcount
                except psycopg.Error as error:
                    refused = str(error).splitlines()[0]
                    break
                filled += [number] if changed > 0 else []
                gone = "name" in before and "name" not in shop.columns()
                renamed |= gone and "full_name" not in before and "full_name" in shop.columns()
                shop.come(service)
            else:
                refused = f"no such step: {step}"
                break
        record(who, None, service)
    columns = shop.columns()
    kept: dict[int, str] = {}
    if "full_name" in columns:
        kept = dict(shop.database.execute("SELECT id, full_name FROM customers").fetchall())
    lost = sum(kept.get(customer) != value for customer, value in shop.truth.items())
    return Found(
        shop.troubles, shop.requests, refused, running, columns, lost, filled, renamed, before
    )


def describe(step: dict[str, str]) -> str:
    kind, what = next(iter(step.items()), ("nothing", ""))
    return f"{kind} {' '.join(str(what).split())}"


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if found.troubles:
        first = found.troubles[0]
        if first.error:
            return diagnose_error(found, first)
        return diagnose_old_answer(found, first)
    if "contains null values" in found.refused:
        return Hint(
            "refused",
            f"A step was refused: {found.refused}. There are {CUSTOMERS} rows already: what "
            "does the step want of them?",
        )
    if found.running != "v4":
        return Hint(
            "does-not-arrive",
            f"The plan ends with {found.running} running. Which version is the last?",
        )
    if "name" in found.columns:
        return Hint(
            "forgets-to-contract",
            f"Nobody uses `name` any more, and the table has {', '.join(found.columns)}. Who "
            "will still know in a year which of them is true?",
        )
    return None


def diagnose_error(found: Found, first: Trouble) -> Hint | None:
    """
    Of requests that failed.
    """
    where = f"In the step “{first.step}”, {first.version.split(',')[0]} failed: {first.error}"
    if "null value" in first.error:
        if "full_name" in first.error:
            return Hint(
                "not-null-too-early",
                f"{where}. Which versions run at that moment, and which of them know that "
                "column?",
            )
        return Hint(
            "not-null-too-long",
            f"{where}. From which version on does nobody fill it for a new customer?",
        )
    if "full_name" not in found.columns_before and "full_name" in first.error:
        return Hint(
            "deploys-before-expand",
            f"{where}. What must be there before a version that writes it?",
        )
    if found.renamed:
        return Hint(
            "renames",
            f"{where}. A rename takes one name away at the moment at which it gives the "
            "other. Which version could run both before and after it?",
        )
    if "does not exist" in first.error:
        return Hint(
            "drops-in-use",
            f"{where}. Which versions read or write the column, those included to which you "
            "may have to go back?",
        )
    return diagnose_type(where, first)


def diagnose_type(where: str, first: Trouble) -> Hint | None:
    """
    Of a value that does not fit both columns.
    """
    if "inconsistent types" not in first.error:
        return None
    return Hint(
        "another-type",
        f"{where}. It writes one value to both columns: of which type is each?",
    )


def diagnose_old_answer(found: Found, first: Trouble) -> Hint:
    """
    Of answers that were old.
    """
    where = f"In the step “{first.step}”, {first.version.split(',')[0]} said {first.answer!r}"
    if not first.deploying:
        return Hint(
            "overwrites-newer",
            f"{where}, which had been right before the step. Which of the two columns was the "
            "newer one by then?",
        )
    if not found.filled:
        return Hint(
            "reads-before-backfill",
            f"{where}. Of the customers who have written nothing for months, who has filled "
            "the new column?",
        )
    if not first.written and first.answer not in ("", "None"):
        return Hint(
            "changes-what-it-fills",
            f"{where}, to a customer who has written nothing since before the plan began: it "
            "was another then. What does your filling do to a value on the way?",
        )
    if any(step > first.written for step in found.filled):
        return Hint(
            "fills-only-the-empty",
            f"{where}; the customer had written before the rows were filled, and the row was "
            "passed over. Which versions had written to it, and what had each left in the new "
            "column?",
        )
    return Hint(
        "fills-too-early",
        f"{where}; the customer had written after the rows were filled. Which version took "
        "that write, and what did it know of the other column?",
    )


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with postgres_server() as server:
        shop = Shop(server.url)
        try:
            yield shop
        finally:
            shop.database.close()


def count(found: Found, *, errors: bool) -> int:
    return sum(bool(trouble.error) == errors for trouble in found.troubles)


@pytest.mark.control
def test_control(untouched: Path, shop: Shop) -> None:
    """With the untouched plan, requests fail at the first step."""
    seen = carry_out(untouched, "untouched", shop)
    expect(
        count(seen, errors=True) > 10,
        done="the untouched plan, with customers at each step",
        expected="more than 10 requests fail",
        seen=f"{count(seen, errors=True)} of {seen.requests} failed",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, shop: Shop) -> Found:
    return carry_out(attempt, "yours", shop)


def test_no_request_fails(found: Found) -> None:
    """No request fails, with two versions side by side, after a step, or after going back."""
    failed = count(found, errors=True)
    expect(
        not failed and not found.refused,
        done="customers came at each step; each deploy was taken back and done again",
        expected="0 failed, no step refused",
        seen=f"{failed} of {measured(found.requests)} failed"
        + (f"; refused: {found.refused}" if found.refused else ""),
        hint=diagnose(found),
    )


def test_no_answer_is_old(found: Found) -> None:
    """Each customer reads what was written last, from whichever version."""
    old = count(found, errors=False)
    expect(
        not old,
        done="each write was read again, from the other version where there were two",
        expected="0 old answers",
        seen=f"{old} old answers",
        hint=diagnose(found),
    )


def test_it_arrives(found: Found) -> None:
    """In the end v4 runs, the table has id and full_name, and nothing is lost."""
    expect(
        found.running == "v4" and found.columns == ["full_name", "id"] and not found.lost,
        done="the plan was carried out, until its end or its first trouble",
        expected="v4 runs; full_name, id; 0 values lost",
        seen=f"{found.running} runs; {', '.join(found.columns)}; {found.lost} values lost",
        hint=diagnose(found),
    )
