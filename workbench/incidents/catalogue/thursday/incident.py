"""
Release 42 is deployed, and is well until what it keeps in its process is full.

Whatever makes the processes new hides it for some seconds.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen


def inject(stage: Stage) -> None:
    stage.deploy()


def explain(seen: Seen) -> Iterator[str]:
    still = seen.after.release == seen.before.release and seen.after.settings["memo"] == "on"
    if still and seen.pulled("restart"):
        yield "young-again"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=4,
    was="a bad release: what it kept in its process could grow to its bound, and not beyond",
    inject=inject,
    begins_with=41,
    settings={"memo": "on"},
    accepted=frozenset({("api", "bad release")}),
    mends=frozenset({"release of api", "setting memo"}),
    explain=explain,
)
