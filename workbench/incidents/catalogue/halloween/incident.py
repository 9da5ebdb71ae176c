"""
The key by which payments knows the shop is rotated in one step: the new one is good, and the
one before is not, from one moment to the next.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen


def inject(stage: Stage) -> None:
    stage.deploy()
    stage.shop.rotate_key()


def explain(seen: Seen) -> Iterator[str]:
    if seen.after.settings["charge_later"] == "on":
        yield "tonight"
    if not seen.pulled("keys", "payments"):
        if seen.after.settings["payments_attempts"] > seen.before.settings["payments_attempts"]:
            yield "asked-again"
        if seen.pulled("restart"):
            yield "the-same-key"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=10,
    was="wrong credentials: payments' key was rotated in one step, and the instances not told",
    inject=inject,
    begins_with=41,
    accepted=frozenset((component, "wrong credentials") for component in ("api", "payments")),
    explain=explain,
)
