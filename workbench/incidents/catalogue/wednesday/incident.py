"""
A crawler asks for a catalogue that is gone: a quarter of all answers is 404, no user is hurt.
"""

from pathlib import Path

from workbench.incidents.catalogue import Incident, Stage

RATE = 10.0  # requests a second


def inject(stage: Stage) -> None:
    stage.reconfigure_balancer()
    stage.users.come("other", "GET", "/catalogue/2019", RATE)


INCIDENT = Incident(
    place=Path(__file__).parent,
    number=3,
    was="a false page: a crawler asked for pages that are gone, and the alert counted its 404s",
    inject=inject,
    is_false=True,
    accepted=frozenset((component, "false page") for component in ("api", "balancer", "users")),
)
