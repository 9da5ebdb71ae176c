"""
The bank declines a quarter of the orders, and release 42 leaks a connection with each.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

DECLINED = 0.25  # share of the orders


def inject(stage: Stage) -> None:
    stage.shop.reconfigure_balancer()
    stage.shop.payments.tell(f"decline {DECLINED}")


def explain(seen: Seen) -> Iterator[str]:
    if seen.pulled("end_sessions"):
        yield "other end"
    if seen.pulled("scale") and len(seen.after.instances) > len(seen.before.instances):
        yield "more pools"


INCIDENT = Incident(
    number=2,
    was="leaked connections: release 42 kept one for every order that the bank declined",
    inject=inject,
    settings={"audit": "on"},
    release=Path(__file__).with_name("release_42"),
    accepted=frozenset({("api", "leaked connections"), ("postgres", "leaked connections")}),
    mends=frozenset({"release of api", "setting audit"}),
    explain=explain,
    hints={
        "other end": "You ended sessions in the database. Whose places are taken: the "
        "database's, or those in the pool of an instance, which does not know of it?",
        "more pools": "More instances, more places: how long until those are taken, too? What "
        "takes them, and gives none back?",
    },
)
