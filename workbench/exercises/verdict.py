"""
What a check found: the verdict, and its text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from textwrap import fill
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

    @property
    def mark(self) -> str:
        return "·" if self.met is None else "✓" if self.met else "✗"

    @property
    def said(self) -> str:
        return f"{self.text} (not judged)" if self.met is None else self.text

    @property
    def facts(self) -> dict[str, str]:
        """
        What shows that it is not met, by what it is.
        """
        if self.met is not False:
            return {}
        facts = {"done": self.done, "expected": self.expected, "seen": self.seen}
        return {name: fact for name, fact in facts.items() if fact}


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
    because: str = ""  # why it holds, in the reader's words

    @property
    def passed(self) -> bool:
        return self.result == PASS

    @property
    def met(self) -> int:
        return sum(claim.met is True for claim in self.claims)

    def __repr__(self) -> str:
        return f"<Verdict {self.result}, {self.met} of {len(self.claims)} claims>"

    def __str__(self) -> str:
        return self.text()

    @property
    def headline(self) -> str:
        name = self.exercise.rpartition("/")[2]
        return f"{name}: {self.title} ({measured(self.seconds, 's')})"

    @property
    def judged(self) -> list[Claim]:
        """
        The control, said to be it, and the claims.
        """
        if self.control is None:
            return self.claims
        return [replace(self.control, text=f"control: {self.control.text}"), *self.claims]

    @property
    def again(self) -> str:
        """
        How to send the same once more, where what was sent was drawn.
        """
        if self.seed is None:
            return ""
        name = self.exercise.rpartition("/")[2]
        command = course(f"check {name} --seed {self.seed}")
        return f"What was sent was drawn; the same again: `{command}`"

    def text(self, width: int | None = None) -> str:
        """
        As it is printed: the result, what to think about, and only then what was judged.

        Args:
            width: Where the lines of a terminal end; they are broken between words.
        """
        parts = [[(f"{self.result}  ", self.headline)]]
        if self.reason:
            parts[0] += [("  ", line) for line in self.reason.splitlines()]
        if self.hint:
            parts.append([("  Hint: ", self.hint.text)])
        parts.append([line for claim in self.judged for line in _claim_lines(claim)])
        if self.line:
            parts.append([("  Your line: ", self.line)])
        if self.again:
            parts.append([("  ", self.again)])
        lines = [[_wrapped(head, text, width) for head, text in part] for part in parts if part]
        if self.log:
            log = [f"    {printable(line)}" for line in self.log]
            lines.append(["  The last that your service said:", *log])
        return "\n\n".join("\n".join(part) for part in lines)


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


def _claim_lines(claim: Claim) -> list[tuple[str, str]]:
    lines = [(f"  {claim.mark} ", claim.said)]
    for name, fact in claim.facts.items():
        heads = chain([f"      {name:<9} "], repeat(" " * 16))
        lines += zip(heads, fact.splitlines(), strict=False)  # a story has several
    return lines


def _wrapped(head: str, text: str, width: int | None) -> str:
    """
    A text behind its head, over as many lines as it takes.
    """
    text = printable(text)
    if width is None:
        return head + text
    return fill(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
