"""
Payments stands still for two seconds, and is well again; the shop is not.

Every order asks up to six times, without a budget for retries: three hundred milliseconds each,
and payments works on charges for which nobody waits any more. What the retries ask for is more
than it can do, so its line stays full.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

PAUSE = 2  # seconds


def inject(stage: Stage) -> None:
    stage.shop.payments.tell(f"pause {PAUSE}")


def explain(seen: Seen) -> Iterator[str]:
    after = seen.after.settings
    if after["payments_attempts"] > seen.before.settings["payments_attempts"]:
        yield "more-retries"
    still = after["payments_attempts"] * min(1, after["payments_retry_budget"]) > 1
    if still and seen.pulled("shed") and not seen.after.shed:
        yield "emptied-not-mended"
    if still and not seen.levers:
        yield "waited"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=1,
    was="a retry storm: payments stood still for two seconds, the retries went on",
    inject=inject,
    again=inject,
    again_lasts=12.0,
    settings={"payments_attempts": 6, "payments_retry_budget": 1.0},
    accepted=frozenset({("api", "retry storm"), ("payments", "retry storm")}),
    mends=frozenset(
        f"setting {key}"
        for key in ("payments_attempts", "payments_retry_budget", "payments_timeout")
    ),
    explain=explain,
)
