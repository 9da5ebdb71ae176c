"""
Release 42 is deployed, which is innocent; just then payments hangs, and goes on hanging.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen

PAUSE = 3600  # seconds: for good


def inject(stage: Stage) -> None:
    stage.deploy()
    stage.shop.payments.tell(f"pause {PAUSE}")


def explain(seen: Seen) -> Iterator[str]:
    before, after = seen.before.settings, seen.after.settings
    if after["payments_attempts"] > before["payments_attempts"]:
        yield "more-of-nothing"
    if after["payments_timeout"] > before["payments_timeout"]:
        yield "longer-for-nothing"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=6,
    was="a dependency that hangs: payments took charges and did not answer",
    inject=inject,
    begins_with=41,
    accepted=frozenset({("payments", "hangs")}),
    mends=frozenset({"setting charge_later"}),
    explain=explain,
)
