"""
What is known of a run when it has ended: what users got, what was done, what was left.

Times are seconds since the shop opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SLOW = 0.5  # seconds: a user who waits longer was not served
GOOD = 0.99  # the objective: this share of the requests


class Sample(NamedTuple):
    """
    A user's request: when they came, when it left, when it was over, and how.
    """

    route: str
    due: float
    sent: float
    done: float
    status: int | None  # None: no answer
    order: int | None = None  # that was accepted

    @property
    def bad(self) -> bool:
        return self.status is None or self.status >= 500 or self.done - self.due > SLOW


@dataclass(frozen=True)
class Event:
    """
    Something that happened, and whether a responder may know it while it runs.
    """

    at: float
    what: str
    details: dict[str, Any] = field(default_factory=dict)
    public: bool = True


@dataclass(frozen=True)
class State:
    """
    How the shop is run, as far as a lever can change it.
    """

    instances: Mapping[str, int]  # by name, the process
    serving: int  # instances that answer, and are sent requests
    release: int
    configuration: int  # of the balancer
    settings: Mapping[str, Any]
    shed: Mapping[str, float]
    drained: tuple[str, ...]

    def changes(self, before: "State") -> set[str]:
        """
        What differs from how it was before, each by its name.
        """
        found = {
            f"setting {key}"
            for key, value in self.settings.items()
            if value != before.settings.get(key)
        }
        if self.release != before.release:
            found.add("release of api")
        if self.configuration != before.configuration:
            found.add("configuration of balancer")
        if set(self.instances.items()) != set(before.instances.items()):
            found.add("instances of api")
        return found


@dataclass(frozen=True)
class Seen:
    """
    A run, as it is judged.
    """

    samples: list[Sample]
    events: list[Event]
    injected: float
    done: float | None  # when the responder said so; None: they never did
    fresh: float | None  # from when on the repair was watched, the cause being over once more
    ended: float
    budget: int  # bad requests
    before: State
    after: State
    stored: frozenset[int]  # orders in the database

    @property
    def until(self) -> float:
        """
        When the responder's time was over.
        """
        return self.ended if self.done is None else self.done

    def between(self, begin: float, end: float) -> list[Sample]:
        return [sample for sample in self.samples if begin <= sample.due < end]

    def bad(self, begin: float, end: float) -> int:
        return sum(sample.bad for sample in self.between(begin, end))

    def all(self, what: str) -> list[Event]:
        return [event for event in self.events if event.what == what]

    def first(self, what: str) -> float | None:
        return next((event.at for event in self.all(what)), None)

    @property
    def burnt(self) -> int:
        return self.bad(self.injected, self.until)

    @property
    def levers(self) -> list[Event]:
        return self.all("lever")

    def pulled(self, lever: str, *arguments: object) -> list[Event]:
        """
        When a lever was pulled, with these arguments at the beginning.
        """
        return [
            event
            for event in self.levers
            if event.details["lever"] == lever
            and event.details["arguments"][: len(arguments)] == list(arguments)
        ]

    @property
    def recovered(self) -> float:
        """
        From when on nine of ten requests of every second were good, as far as it was looked at.
        """
        since = self.injected
        second = self.injected
        while second < self.until:
            those = self.between(second, second + 1)
            if sum(sample.bad for sample in those) > 0.1 * len(those):
                since = second + 1
            second += 1
        return since
