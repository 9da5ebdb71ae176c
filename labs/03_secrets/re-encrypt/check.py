"""
A job re-encrypts rows; a customer writes meanwhile, and somebody kills the job.
"""

import json
import random
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from workbench import Process, measured, postgres_server, scratch, start, wait_until
from workbench.checks import Hint, ends, expect, record

HELD_AT_MOST = 50
RUNS = 3  # how often the job may be run after it was killed
CHANGED = b"the customer's new card"
HALFWAY, AT_THE_END = 20_261, 20_262  # advisory locks, for which who changes a row waits
KILLED = "a customer was changing a card; the job ran until it waited for him, and was killed"
RUN_AGAIN = "it was run again, and met a customer again, who then committed"


class Drawn(NamedTuple):
    """
    How many rows there are, and their keys.
    """

    rows: int  # the customer is in the middle of them
    few: int  # rows of a run that meets nobody
    damaged: tuple[int, ...]  # rows that no key opens: more than a batch of them, and one
    old: bytes
    new: bytes
    strange: bytes


@pytest.fixture(scope="module")
def drawn(seed: int) -> Drawn:
    draw = random.Random(seed)
    few = draw.randint(61, 69)
    first = draw.randint(0, 4)
    # An exit code has eight bits: their number would be a 0.
    damaged = (*range(first, first + 255), first + 255 + draw.randint(2, 9))
    keys = (urlsafe_b64encode(draw.randbytes(32)) for _ in range(3))
    return Drawn(draw.randint(288, 300), few, damaged, *keys)


class Stop(NamedTuple):
    """
    What everybody sees at one moment.
    """

    new: int  # rows that the new key opens
    left: int  # rows that are marked as old
    unreadable: int  # rows that no key in the file opens
    mislabelled: int  # rows that are marked as new, and that the new key does not open


class Found(NamedTuple):
    """
    What became of the rows, the keys and the job.
    """

    rows: int
    few: int
    damaged_rows: int
    stops: list[Stop]  # before the kill, after it, beside the customer, then, before its end
    held: int  # rows, when it met the customer
    kept: bool  # whether the customers' cards are still there
    forgotten: bool  # whether the old key is gone in the end, each time
    code: int | None  # in the end; None where the job did not end
    alone: int | None  # the exit code of a run that meets nobody
    once_more: int | None  # ... and of one after that, with nothing to do
    alone_left: int
    damaged: Stop
    damaged_kept: bool
    damaged_forgotten: bool
    damaged_code: int | None
    unnamed: list[int]  # damaged rows of whom nothing stands in what the job wrote

    @property
    def end(self) -> Stop:
        """
        When it had been run again.
        """
        return self.stops[3]


class Shop:
    """
    The table, the file of keys, and the check's own connections.
    """

    def __init__(self, url: str, drawn: Drawn) -> None:
        self.url, self.drawn = url, drawn
        self.old, self.new = Fernet(drawn.old), Fernet(drawn.new)
        self.keys = scratch("keys") / "keys.json"
        self.here = psycopg.connect(url, autocommit=True)
        self.customer = psycopg.connect(url)
        self.here.execute("CREATE TABLE customers (id int PRIMARY KEY, card bytea, key text)")
        self.here.execute(
            "CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::int); RETURN NULL; END'"
        )
        for gate, row in ((HALFWAY, drawn.few // 2), (AT_THE_END, drawn.few - 1)):
            self.here.execute(
                f"CREATE CONSTRAINT TRIGGER gate_{gate} AFTER UPDATE ON customers DEFERRABLE "
                f"INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = {row}) "
                f"EXECUTE FUNCTION wait_at_the_gate({gate})"
            )

    def close(self) -> None:
        self.here.close()
        self.customer.close()

    def fill(self, rows: int, damaged: Collection[int] = ()) -> None:
        """
        All rows under the old key, and both keys in the file.
        """
        self.here.execute("TRUNCATE customers")
        strange = Fernet(self.drawn.strange)
        with self.here.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO customers VALUES (%s, %s, 'old')",
                [
                    (n, (strange if n in damaged else self.old).encrypt(b"%d" % n))
                    for n in range(rows)
                ],
            )
        self.write_keys()

    def write_keys(self) -> None:
        self.keys.write_text(json.dumps([self.drawn.new.decode(), self.drawn.old.decode()]))

    def ring(self) -> list[str]:
        """
        The keys in the file; none, where nobody can read it.
        """
        try:
            keys = list(json.loads(self.keys.read_text()))
            MultiFernet([Fernet(key) for key in keys])
        except (OSError, ValueError, TypeError):
            return []
        return keys

    def look(self) -> Stop:
        """
        Read every row as everybody does. The keys first: a row may be under a newer one then.
        """
        ring = [Fernet(key) for key in self.ring()]
        rows = self.here.execute("SELECT card, key FROM customers").fetchall()
        new = [opens(self.new, card) for card, _ in rows]
        return Stop(
            new=sum(new),
            left=sum(key == "old" for _, key in rows),
            unreadable=sum(not any(opens(key, card) for key in ring) for card, _ in rows),
            mislabelled=sum(
                key == "new" and not ok for (_, key), ok in zip(rows, new, strict=True)
            ),
        )

    def held(self) -> int:
        """
        Rows that somebody else holds, the customer's own apart.
        """
        with self.here.transaction(force_rollback=True):
            free = self.here.execute(
                "SELECT id FROM customers FOR UPDATE SKIP LOCKED"
            ).fetchall()
        return self.drawn.rows - len(free) - 1

    def row(self, row: int) -> tuple[bytes, str]:
        """
        A card, and what is said of the key that it is under.
        """
        one = self.here.execute("SELECT card, key FROM customers WHERE id = %s", [row])
        card, key = one.fetchone() or (b"", "gone")
        return bytes(card), key

    @contextmanager
    def gate(self, which: int) -> Iterator[None]:
        """
        Whoever has changed one of the few rows waits when it is to be committed.
        """
        self.here.execute("SELECT pg_advisory_lock(%s)", [which])
        yield
        self.here.execute("SELECT pg_advisory_unlock(%s)", [which])

    def change_all_free(self) -> list[int]:
        """
        A customer each changes the cards that nobody has changed yet, and nobody holds.
        """
        changed = self.here.execute(
            "UPDATE customers SET card = %s, key = 'new' WHERE id IN (SELECT id FROM customers "
            "WHERE key = 'old' FOR UPDATE SKIP LOCKED) RETURNING id",
            [self.new.encrypt(CHANGED)],
        )
        return [row for (row,) in changed]

    def keeps(self, row: int) -> bool:
        """
        Whether the customer's card is there.
        """
        card, _ = self.row(row)
        return opens(self.new, card) and self.new.decrypt(card) == CHANGED

    @contextmanager
    def changing(self) -> Iterator[int]:
        """
        A customer has changed a card and not committed: a row in the middle of those left.
        """
        rows = self.here.execute("SELECT id FROM customers WHERE key = 'old' ORDER BY id")
        left = [row for (row,) in rows]
        row = left[len(left) // 2] if left else self.drawn.rows // 2
        self.customer.execute(
            "UPDATE customers SET card = %s, key = 'new' WHERE id = %s",
            [self.new.encrypt(CHANGED), row],
        )
        yield row
        self.customer.rollback()  # unless it was committed

    def wait(self, job: Process) -> None:
        """
        Until the job waits for the customer, or has done all the rest, or has ended.
        """

        def arrived() -> bool:
            waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            waits += " AND wait_event_type = 'Lock'"
            left = "SELECT count(*) FROM customers WHERE key = 'old'"
            return (
                not job.running
                or self.here.execute(waits).fetchone() is not None
                or self.here.execute(left).fetchone() == (1,)
            )

        wait_until(arrived, 20)

    def end_sessions(self) -> None:
        """
        End what the job was doing: PostgreSQL learns of its death only when it answers.
        """
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
        ours = [self.here.info.backend_pid, self.customer.info.backend_pid]
        self.here.execute(f"SELECT pg_terminate_backend(pid) {others}", [ours])
        wait_until(
            lambda: self.here.execute(f"SELECT 1 {others}", [ours]).fetchone() is None, 10
        )


def opens(key: Fernet, card: bytes) -> bool:
    try:
        key.decrypt(card)
    except InvalidToken:
        return False
    return True


@pytest.fixture(scope="module")
def shop(drawn: Drawn) -> Iterator[Shop]:
    with postgres_server() as server:
        shop = Shop(server.url, drawn)
        try:
            yield shop
        finally:
            shop.close()


def run(folder: Path, name: str, shop: Shop) -> Process:
    env = {"DATABASE_URL": shop.url, "KEYS": str(shop.keys)}
    return start("python service.py", ready=None, name=name, cwd=folder, env=env)


def kill_halfway(folder: Path, name: str, shop: Shop) -> tuple[list[Stop], int]:
    """
    Run the job into a customer, and kill it there.
    """
    shop.fill(shop.drawn.rows)
    with shop.changing():
        job = run(folder, name, shop)
        shop.wait(job)
        stops, held = [shop.look()], shop.held()
        job.kill()
        shop.end_sessions()
    record(name, None, job)
    return [*stops, shop.look()], held


def run_again(folder: Path, name: str, shop: Shop) -> tuple[list[Stop], bool, int | None]:
    """
    Run it into another customer, who then commits; then as often as it asks for.
    """
    with shop.changing() as row:
        job = run(folder, name, shop)
        shop.wait(job)
        beside = shop.look()
        shop.customer.commit()
    code = end(job, name)
    for _ in range(RUNS - 1):
        if code == 0:
            break
        code = end(run(folder, name, shop), name)
    return [beside, shop.look()], shop.keeps(row), code


def meet_quick_ones(folder: Path, name: str, shop: Shop) -> bool:
    """
    Customers change cards between two rows of the job; whether all of these are kept.
    """
    shop.fill(shop.drawn.few)
    with shop.gate(HALFWAY):
        job = run(folder, name, shop)
        shop.wait(job)
        changed = shop.change_all_free()
    end(job, name)
    return all(map(shop.keeps, changed))


def end(job: Process, name: str) -> int | None:
    ended = ends(job, within=15)
    record(name, None, job)
    return job.returncode if ended else None


def examine(folder: Path, name: str, shop: Shop) -> Found:
    drawn = shop.drawn
    stops, held = kill_halfway(folder, name, shop)
    more, kept, code = run_again(folder, name, shop)
    forgotten = shop.ring() == [drawn.new.decode()]
    kept_all = meet_quick_ones(folder, name, shop)

    shop.fill(drawn.few)
    with shop.gate(AT_THE_END):
        job = run(folder, name, shop)
        shop.wait(job)
        before_its_end = shop.look()
    alone = end(job, name)
    alone_left = shop.look().left
    once_more = end(run(folder, name, shop), name) if alone == 0 else None
    if alone == 0:  # as after a kill between the last row and the file
        shop.write_keys()
        end(run(folder, name, shop), name)
        forgotten = forgotten and shop.ring() == [drawn.new.decode()]

    shop.fill(drawn.few + len(drawn.damaged), drawn.damaged)
    before = [shop.row(row) for row in drawn.damaged]
    job = run(folder, name, shop)
    damaged_code = end(job, name)
    again_code = end(run(folder, name, shop), name)
    return Found(
        rows=drawn.rows,
        few=drawn.few,
        damaged_rows=len(drawn.damaged),
        stops=[*stops, *more, before_its_end],
        held=held,
        kept=kept and kept_all,
        forgotten=forgotten,
        code=code,
        alone=alone,
        once_more=once_more,
        alone_left=alone_left,
        damaged=shop.look(),
        damaged_kept=[shop.row(row) for row in drawn.damaged] == before,
        damaged_forgotten=drawn.old.decode() not in shop.ring(),
        damaged_code=damaged_code and again_code,
        unnamed=[
            row
            for row in drawn.damaged
            if not any(re.search(rf"\b{row}\b", line.text) for line in job.log)
        ],
    )


def diagnose(found: Found) -> Hint | None:
    """
    From cause to symptom: the first that explains what was seen.
    """
    if wrong := max(stop.mislabelled for stop in found.stops):
        return Hint(
            "rotates-backwards",
            f"{wrong} rows are marked as new, and the new key does not open them. With which "
            "of its keys does a MultiFernet encrypt?",
        )
    if lost := max(stop.unreadable for stop in found.stops):
        return Hint(
            "forgets-too-early",
            f"At one moment {lost} rows could be opened by no key in the file. Which rows "
            "still needed the old one?",
        )
    return diagnose_beside_others(found) or diagnose_the_end(found)


def diagnose_beside_others(found: Found) -> Hint | None:
    """
    Of what the job does to those who work beside it, or who kill it.
    """
    if not found.stops[1].new:
        return Hint(
            "all-or-nothing",
            f"When it was killed it held {found.held} rows, and afterwards none was under the "
            "new key. What becomes of a transaction whose client dies?",
        )
    if found.held > HELD_AT_MOST:
        return Hint(
            "holds-too-many",
            f"It held {found.held} rows while it waited for one customer. Who waits for the "
            "job, and until when?",
        )
    if not found.kept:
        return Hint(
            "loses-writes",
            "A customer changed a card between your SELECT and your UPDATE, and the old card "
            "came back. What must still be true of the row when you write it?",
        )
    return None


def diagnose_the_end(found: Found) -> Hint | None:
    """
    Of when the job says that it is done.
    """
    last = found.end
    if found.alone != 0 or found.alone_left:
        return Hint(
            "leaves-the-last",
            f"{found.few} rows, and nobody who meets it: the job left {found.alone_left} of "
            f"them, with exit code {found.alone}. What is different about its last rows?",
        )
    if last.left or found.code != 0:
        return Hint(
            "does-not-finish",
            f"Run {RUNS} times after the kill, the last with exit code {found.code}, and "
            f"{last.left} of {found.rows} rows are under the old key. Where does a second run "
            "begin?",
        )
    if found.once_more != 0:
        return Hint(
            "only-once",
            "All rows were under the new key, the only one in the file, and the exit "
            f"code of one more run was {found.once_more}. How many keys does your job ask for?",
        )
    if not found.forgotten:
        return Hint(
            "keeps-the-old-key",
            "No row is under the old key any more, and it is still in the file. What was the "
            "rotation for?",
        )
    return diagnose_damaged(found)


def diagnose_damaged(found: Found) -> Hint | None:
    """
    Of a row that no key opens.
    """
    if found.damaged_forgotten or not found.damaged_kept or found.damaged_code == 0:
        return Hint(
            "hides-what-it-skipped",
            f"With rows that no key opens, the exit code was {found.damaged_code}, and the "
            f"old key was {'gone' if found.damaged_forgotten else 'kept'}. Who is to learn of "
            "these rows, and from what?",
        )
    if found.damaged.new < found.few:
        return Hint(
            "stops-at-the-first",
            f"With {found.damaged_rows} rows that no key opens, {found.damaged.new} of the "
            f"{found.few} others were done. What have those rows to do with them?",
        )
    if found.unnamed:
        return Hint(
            "names-no-row",
            f"Customer {found.unnamed[0]} has a card that no key opens, and in what the job "
            f"wrote there is no {found.unnamed[0]}. Where would you begin to look?",
        )
    return None


@pytest.mark.control
def test_control(untouched: Path, shop: Shop) -> None:
    """The untouched job, killed half-way, has done nothing."""
    stops, held = kill_halfway(untouched, "untouched", shop)
    expect(
        stops[1].new == 0 and held > HELD_AT_MOST,
        done=KILLED,
        expected=f"more than {HELD_AT_MOST} rows held, none under the new key afterwards",
        seen=f"{measured(held)} rows held, {stops[1].new} under the new key afterwards",
    )


@pytest.fixture(scope="module")
def found(attempt: Path, shop: Shop) -> Found:
    return examine(attempt, "yours", shop)


def test_a_kill_undoes_little(found: Found) -> None:
    """It holds at most 50 rows at a time, and a kill undoes no more than those."""
    expect(
        found.held <= HELD_AT_MOST and found.stops[1].new,
        done=KILLED,
        expected=f"at most {HELD_AT_MOST} rows held, some under the new key afterwards",
        seen=f"{measured(found.held)} rows held, {measured(found.stops[1].new)} under the new "
        "key afterwards",
        hint=diagnose(found),
    )


def test_no_write_is_lost(found: Found) -> None:
    """What a customer writes meanwhile stays."""
    expect(
        found.kept,
        done=f"{RUN_AGAIN}; others changed cards while it was between two rows",
        expected="the customers' new cards",
        seen="the customers' new cards" if found.kept else "another card",
        hint=diagnose(found),
    )


def test_everybody_can_read(found: Found) -> None:
    """With the keys in the file, every row can be read at every moment."""
    unreadable = max(stop.unreadable for stop in found.stops)
    expect(
        not unreadable,
        done=f"all {found.rows} rows were read before the kill, after it, and in the second "
        "run; and all of a run that meets nobody, before its last transaction ended",
        expected="0 unreadable",
        seen=f"{unreadable} unreadable",
        hint=diagnose(found),
    )


def test_it_finishes(found: Found) -> None:
    """Run again, it ends with every row under the new key, and the old key forgotten."""
    last = found.end
    keys = "forgotten" if found.forgotten else "kept"
    expect(
        last.new == found.rows
        and not (last.left or found.alone_left)
        and found.forgotten
        and found.code == found.alone == found.once_more == 0,
        done=f"{RUN_AGAIN}; at most {RUNS} runs. And with {found.few} rows, meeting nobody, "
        "once more, and again with both keys in the file",
        expected=f"{found.rows} rows under the new key, the old one forgotten, exit code 0; "
        "alone: 0 and 0",
        seen=f"{last.new} rows under the new key, the old key {keys}, exit code {found.code}; "
        f"alone: {found.alone} and {found.once_more}",
        hint=diagnose(found),
    )


def test_damaged_rows(found: Found) -> None:
    """Rows that no key opens stay; the others are done, the old key stays, and it says so."""
    keys = "forgotten" if found.damaged_forgotten else "kept"
    rows = "unchanged" if found.damaged_kept else "changed"
    named = f"{len(found.unnamed)} not named" if found.unnamed else "named"
    told = found.damaged_code not in (0, None)
    expect(
        told and not found.unnamed and found.damaged_kept and not found.damaged_forgotten
        and found.damaged.new == found.few,
        done=f"{found.damaged_rows} rows can be opened by no key",
        expected=f"these rows unchanged and named, {found.few} others done, the old key kept, "
        "exit code not 0",
        seen=f"these rows {rows} and {named}, {found.damaged.new} others done, the old key "
        f"{keys}, exit code {found.damaged_code}",
        hint=diagnose(found),
    )  # fmt: skip
