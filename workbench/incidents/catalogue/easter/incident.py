"""
Somebody rotates the password of the database's role, as the rules say, and tells nobody.

Sessions are ended, so every pool logs in anew, with the password from before. Whoever is
started now does not start at all.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    stage.shop.rotate_password()


def explain(seen: Seen) -> Iterator[str]:
    if not seen.pulled("keys", "database"):
        if seen.pulled("restart") or seen.pulled("scale"):
            yield "the-same-file"
        if seen.pulled("roll_back"):
            yield "older-code"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=8,
    was="wrong credentials: the database's password was rotated, and the instances not told",
    inject=inject,
    accepted=frozenset((component, "wrong credentials") for component in ("api", "postgres")),
    explain=explain,
)
