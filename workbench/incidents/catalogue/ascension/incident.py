"""
A price list is published, and release 42 goes on with the one before.

It keeps the number in the process, and a task forgets it when Redis names another. The task
ends, without a word, at the first thing that is no number: the draft.
"""

from collections.abc import Iterator
from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage
from workbench.incidents.seen import Seen


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    stage.shop.publish_prices()


def explain(seen: Seen) -> Iterator[str]:
    if seen.after.settings["charge_later"] == "on":
        yield "tonight"
    keeps = seen.after.release == seen.before.release
    if keeps and seen.after.settings["keep_prices"] == "on":
        if seen.pulled("restart"):
            yield "until-the-next"
        if seen.pulled("keys"):
            yield "not-the-key"


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=9,
    was="stale data: release 42 kept a price list, and its task that asks for others had died",
    inject=inject,
    again=inject,
    again_lasts=2.0,
    settings={"keep_prices": "on"},
    accepted=frozenset({("api", "stale data"), ("api", "bad release")}),
    mends=frozenset({"release of api", "setting keep_prices"}),
    explain=explain,
)
