"""
Release 42 says that it is ready, and cannot take orders yet; and instances are moved to other
nodes, one after the other, all the time.
"""

import threading
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.deployment import INSTANCES
from workbench.incidents.seen import Seen

BETWEEN = 1.0  # seconds between two moves


def inject(stage: Stage) -> None:
    stage.deploy()
    threading.Thread(target=move, args=[stage], daemon=True).start()


def move(stage: Stage) -> None:
    for instance in cycle(INSTANCES):
        if stage.shop.closed.wait(BETWEEN):
            return
        with stage.turn:
            if instance in stage.shop.instances and not stage.shop.closed.is_set():
                stage.note("api", f"{instance} to another node")
                stage.shop.move(instance)


def explain(seen: Seen) -> Iterator[str]:
    young = seen.after.release > min(seen.before.release, 41)
    if young and seen.after.settings["terms"] == seen.before.settings["terms"]:
        if seen.pulled("restart"):
            yield "young-again"
        if seen.pulled("drain"):
            yield "drained-by-hand"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=11,
    was="a bad release: it took requests before it could serve them, whenever it was moved",
    inject=inject,
    begins_with=41,
    settings={"terms": "asked"},
    accepted=frozenset({("api", "bad release")}),
    mends=frozenset({"release of api", "setting terms"}),
    explain=explain,
)
