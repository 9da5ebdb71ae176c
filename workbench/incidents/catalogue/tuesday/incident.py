"""
The bank declines a quarter of the orders, and release 42 leaks a connection with each.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

DECLINED = 0.25  # share of the orders


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    stage.shop.payments.tell(f"decline {DECLINED}")


def explain(seen: Seen) -> Iterator[str]:
    if seen.pulled("end_session"):
        yield "other-end"
    if seen.pulled("scale") and len(seen.after.instances) > len(seen.before.instances):
        yield "more-pools"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=2,
    was="leaked connections: release 42 kept one for every order that the bank declined",
    inject=inject,
    settings={"audit": "on"},
    accepted=frozenset({("api", "leaked connections"), ("postgres", "leaked connections")}),
    mends=frozenset({"release of api", "setting audit"}),
    explain=explain,
)
