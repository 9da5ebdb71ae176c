"""
One instance is given its own time-out for payments: shorter than a charge takes.

It fails fast, so it has the fewest requests in flight, and the balancer sends it more. A
restart changes nothing: it is told the same again.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

INSTANCE = "api-2"
TIMEOUT = 0.05  # seconds; a charge takes a sixteenth of one


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    stage.shop.misconfigure(INSTANCE, "payments_timeout", TIMEOUT)


def explain(seen: Seen) -> Iterator[str]:
    if seen.fresh is not None and seen.bad(seen.fresh, seen.ended) and seen.pulled("restart"):
        yield "told-the-same"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=5,
    was="a bad configuration: one instance waited for payments for less than a charge takes",
    inject=inject,
    accepted=frozenset({("api", "bad configuration")}),
    explain=explain,
)
