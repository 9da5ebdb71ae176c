"""
A report reads the orders and does not end; a migration waits behind it for the table, and gives
up, and tries again. Whoever comes after the migration waits behind it, too.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.deployment import Deployment
from workbench.incidents.seen import Seen

REPORT = "SELECT count(*), pg_sleep(3600) FROM orders"
MIGRATION = "ALTER TABLE orders ADD COLUMN IF NOT EXISTS remark text"
LOCK_TIMEOUT, BETWEEN = 1.5, 2.0  # seconds: it waits so long for the table, and then does not


def inject(stage: Stage) -> None:
    threading.Thread(target=report, args=[stage.shop], daemon=True).start()
    threading.Thread(target=migrate, args=[stage.shop], daemon=True).start()


def report(shop: Deployment) -> None:
    with suppress(psycopg.Error), shop.database.connect() as connection:
        connection.execute("SET application_name = 'monthly-report'")
        connection.execute(REPORT)


def migrate(shop: Deployment) -> None:
    with suppress(psycopg.OperationalError), shop.database.connect() as connection:
        connection.execute("SET application_name = 'migration'")
        connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}s'")
        while True:
            time.sleep(BETWEEN)
            try:
                connection.execute(MIGRATION)
            except psycopg.errors.LockNotAvailable:
                continue
            return


def explain(seen: Seen) -> Iterator[str]:
    calm = seen.fresh is not None and not seen.bad(seen.fresh, seen.ended)
    if seen.pulled("end_session") and not calm:
        yield "another-session"
    if seen.pulled("scale") and not calm:
        yield "more-in-the-line"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=7,
    was="locks: a migration waited for the orders behind a report, and everybody behind it",
    inject=inject,
    accepted=frozenset({("postgres", "locks")}),
    explain=explain,
)
