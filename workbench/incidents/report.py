"""
What became of an incident: the verdict, and what its timeline is drawn from.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench._command import course
from workbench._records import Record
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import Claim, Result, Verdict


@dataclass
class Moment:
    """
    Something that happened, so many seconds after the fault was made.
    """

    at: float
    what: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report(Record):
    """
    What an incident leaves, and keeps. Times are seconds since the fault was made.
    """

    kind: Literal["incident"] = field(default="incident", kw_only=True)
    schema: Literal[1] = field(default=1, kw_only=True)
    incident: str
    was: str  # in words
    seed: int
    speed: float
    result: Result
    seconds: float  # from the fault to `done`
    budget: int
    burnt: int
    control: Claim
    claims: list[Claim] = field(default_factory=list)
    hint: Hint | None = None
    reason: str = ""  # why it is not judged, where it is not
    paged: float | None = None
    found: float | None = None  # named rightly
    recovered: float | None = None
    timeline: list[Moment] = field(default_factory=list)
    curve: list[tuple[int, int, int]] = field(default_factory=list)  # second, requests, bad

    @property
    def passed(self) -> bool:
        return self.result == "PASS"

    @property
    def verdict(self) -> Verdict:
        """
        The same in the form of a lab's verdict.
        """
        return Verdict(
            exercise=f"incidents/{self.incident}",
            title=f"it was {self.was}",
            result=self.result,
            seconds=self.seconds,
            control=self.control,
            claims=self.claims,
            hint=self.hint,
            reason=self.reason,
        )

    @property
    def again(self) -> str:
        command = course(f"incident {self.incident} --seed {self.seed}")
        return f"The same once more: `{command}`"

    def __repr__(self) -> str:
        return f"<Report {self.incident} {self.result}, burnt {self.burnt} of {self.budget}>"

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """
        As it is printed; with a width, broken between words.
        """
        moments = {"paged": self.paged, "named": self.found, "users well": self.recovered}
        when = [f"{what} after {at:.0f} s" for what, at in moments.items() if at is not None]
        burnt = f"{self.burnt} of {self.budget} bad requests"
        said = f"From the fault: {', '.join([*when, burnt])}."
        return f"{self.verdict.text(width)}\n\n  {said}\n  {self.again}"
