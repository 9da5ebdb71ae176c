"""
What a check found: the verdict, and its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from workbench._claims import measured
from workbench._command import course
from workbench._records import Record, printable
from workbench._traffic import Run

from .messages import Hint

PASS: Literal["PASS"] = "PASS"  # noqa: S105, no password
FAIL: Literal["FAIL"] = "FAIL"
NOT_ATTEMPTED: Literal["NOT ATTEMPTED"] = "NOT ATTEMPTED"
COULD_NOT_CHECK: Literal["COULD NOT CHECK"] = "COULD NOT CHECK"
Result = Literal["PASS", "FAIL", "NOT ATTEMPTED", "COULD NOT CHECK"]


@dataclass
class Claim:
    """
    One requirement, and what became of it; `met` is None where it was not judged.
    """

    text: str
    met: bool | None = None
    done: str = ""
    expected: str = ""
    seen: str = ""


@dataclass
class Verdict(Record):
    """
    What `check()` returns, and keeps.
    """

    kind: Literal["verdict"] = field(default="verdict", kw_only=True)
    schema: Literal[1] = field(default=1, kw_only=True)
    exercise: str
    title: str
    result: Result
    seconds: float
    control: Claim | None = None
    claims: list[Claim] = field(default_factory=list)
    hint: Hint | None = None
    reason: str = ""  # why it is not judged, where it is not
    log: list[str] = field(default_factory=list)
    line: str = ""  # of the reader's file: "service.py:31: sys.exit(0)"
    runs: dict[str, Run] = field(default_factory=dict)
    seed: int | None = None  # that repeats what the check sent, where that is drawn

    @property
    def passed(self) -> bool:
        return self.result == PASS

    @property
    def met(self) -> int:
        return sum(claim.met is True for claim in self.claims)

    def __repr__(self) -> str:
        return f"<Verdict {self.result}, {self.met} of {len(self.claims)} claims>"

    def __str__(self) -> str:
        name = self.exercise.rpartition("/")[2]
        lines = [f"{self.result}  {name}: {self.title} ({measured(self.seconds, 's')})"]
        if self.reason:
            lines += [f"  {line}" for line in self.reason.splitlines()]
        if self.control:
            lines += _claim_lines(self.control, "control: ")
        for claim in self.claims:
            lines += _claim_lines(claim)
        if self.hint:
            lines += ["", f"  Hint: {self.hint.text}"]
        if self.line:
            lines += ["", f"  Your line: {self.line}"]
        if self.log:
            lines += ["", "  The last that your service said:"]
            lines += [f"    {line}" for line in self.log]
        if self.seed is not None:
            again = course(f"check {name} --seed {self.seed}")
            lines += ["", f"  What was sent was drawn; the same again: `{again}`"]
        return "\n".join(map(printable, lines))


def standing(verdicts: Sequence[Verdict]) -> str:
    """
    Where the reader stands: the best that was ever reached, and in how many attempts.
    """
    attempts = [verdict for verdict in verdicts if verdict.result in (PASS, FAIL)]
    if not attempts:
        return "not attempted"
    in_attempts = f"{len(attempts)} attempt{'s' if len(attempts) > 1 else ''}"
    if any(verdict.passed for verdict in attempts):
        return f"passed, {in_attempts}"
    best = max(attempts, key=lambda verdict: verdict.met)
    return f"{best.met} of {len(best.claims)} claims, {in_attempts}"


def _claim_lines(claim: Claim, prefix: str = "") -> list[str]:
    if claim.met is None:
        return [f"  · {prefix}{claim.text} (not judged)"]
    if claim.met:
        return [f"  ✓ {prefix}{claim.text}"]
    facts = {"done": claim.done, "expected": claim.expected, "seen": claim.seen}
    lines = [f"  ✗ {prefix}{claim.text}"]
    for name, fact in facts.items():
        first, *more = fact.splitlines() or [""]
        lines += [f"      {name:<9} {first}"] if fact else []
        lines += [f"{'':<16}{line}" for line in more]
    return lines
