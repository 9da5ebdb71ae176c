"""
The warehouse answers slowly from now on, and whoever finds the cache empty asks it.

Its answer is good for half a second. When that is over, all who come until the next one is
there ask for the same.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

WAREHOUSE = """\
ALTER TABLE stock RENAME TO counted;
CREATE VIEW stock AS
    WITH asked AS MATERIALIZED (SELECT pg_sleep(1.8))
    SELECT counted.* FROM counted CROSS JOIN asked;
"""


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    with stage.shop.database.connect() as connection, connection.transaction():
        connection.execute(WAREHOUSE)


def explain(seen: Seen) -> Iterator[str]:
    before, after = seen.before.settings, seen.after.settings
    mended = after["stock_asks"] == "one" or after["stock_fresh"] > before["stock_fresh"]
    if not mended:
        if seen.after.release < seen.before.release:
            yield "one-by-one"
        if seen.pulled("end_session"):
            yield "asked-again"
        if seen.pulled("scale"):
            yield "more-who-ask"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=12,
    was="a stampede: the warehouse was slow, and all who found its answer out of date asked it",
    inject=inject,
    settings={"stock_fresh": 0.5, "stock_asks": "each"},
    accepted=frozenset((component, "stampede") for component in ("api", "postgres", "redis")),
    mends=frozenset({"setting stock_asks", "setting stock_fresh"}),
    explain=explain,
)
