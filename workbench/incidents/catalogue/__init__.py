"""
The incidents, a place each: its fault, what it accepts as found, and its hints.

A place is a folder with `incident.py`, in which `INCIDENT` is an `Incident`, `hints.toml`, and
`release_42/` where the newest release matters. Its name says nothing of the fault.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any, NamedTuple

from workbench.errors import WorkbenchError
from workbench.incidents.crowd import Crowd
from workbench.incidents.deployment import HERE, Deployment
from workbench.incidents.seen import Seen

PLACES = Path(__file__).resolve().parent


class Stage(NamedTuple):
    """
    What a fault is made with.
    """

    shop: Deployment
    users: Crowd
    note: Callable[[str, str], None]  # in the journal: a component, and what was deployed
    turn: Lock  # whoever changes the shop has it: a lever, or a platform

    def deploy(self) -> None:
        """
        Somebody deploys the newest release.
        """
        self.note("api", "release 42 of api")
        self.shop.deploy()

    def reconfigure_balancer(self) -> None:
        """
        Somebody deploys another configuration of the balancer, of no consequence.
        """
        self.note("balancer", "configuration 8 of balancer")
        self.shop.reconfigure_balancer()


@dataclass(frozen=True)
class Incident:
    """
    What happens to the shop, and how a responder's answer is judged.
    """

    place: Path
    number: int  # in the order of the list
    was: str  # told with the verdict
    inject: Callable[[Stage], None]
    accepted: frozenset[tuple[str, str]]  # component and mechanism
    mends: frozenset[str] = frozenset()  # what may stay changed, beside the instances
    again: Callable[[Stage], None] | None = None  # the cause once more, where it is over
    again_lasts: float = 0.0  # seconds until a shop that holds is as before
    is_false: bool = False  # the page, that is: the rule turns round
    settings: Mapping[str, Any] = field(default_factory=dict)
    begins_with: int = 42  # the release that runs before anything happens
    explain: Callable[[Seen], Iterator[str]] = lambda _: iter(())  # keys, cause to symptom

    @property
    def hints(self) -> dict[str, str]:
        """
        Its own sentences, by key.
        """
        file = self.place / "hints.toml"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return tomllib.loads(text)

    @property
    def release(self) -> Path:
        """
        What the newest release changes: something of no consequence, if the fault is elsewhere.
        """
        own = self.place / "release_42"
        return own if own.exists() else HERE / "release_42"


@cache
def incidents() -> dict[str, Incident]:
    """
    All of them by name, in their order.
    """
    names = [file.parent.name for file in PLACES.glob("*/incident.py")]
    found = {name: import_module(f"{__name__}.{name}.incident").INCIDENT for name in names}
    return dict(sorted(found.items(), key=lambda each: each[1].number))


def find(name: str) -> Incident:
    """
    Raises:
        WorkbenchError: There is no such incident.
    """
    try:
        return incidents()[name]
    except KeyError:
        msg = f"There is no incident {name!r}; there are: {', '.join(incidents())}."
        raise WorkbenchError(msg) from None


def draw(seed: int) -> str:
    """
    The name of one, the same for the same seed.
    """
    return Random(seed).choice(list(incidents()))
