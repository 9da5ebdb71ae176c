"""
What a check found: the verdict, its text, and the verdicts that are kept.
"""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from ._claims import measured
from ._traffic import Sample

SCHEMA = 1  # of the JSON; raised when a field changes its meaning

PASS = "PASS"  # noqa: S105, no password
FAIL = "FAIL"
NOT_ATTEMPTED = "NOT ATTEMPTED"
COULD_NOT_CHECK = "COULD NOT CHECK"


class Hint(NamedTuple):
    """
    What an observation suggests: a key for those who count them, a sentence for the reader.
    """

    key: str
    text: str


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
class Run:
    """
    The requests of one run and its marks, to be drawn.
    """

    samples: list[Sample]
    marks: list[tuple[float, str]]

    def count(self, outcome: str) -> int:
        return sum(sample.outcome == outcome for sample in self.samples)


@dataclass
class Verdict:
    """
    What `check()` returns and keeps as JSON.
    """

    exercise: str
    title: str
    result: str
    seconds: float
    control: Claim | None = None
    claims: list[Claim] = field(default_factory=list)
    hint: Hint | None = None
    reason: str = ""  # why it is not judged, where it is not
    log: list[str] = field(default_factory=list)
    line: str = ""  # of the reader's file: "service.py:31: sys.exit(0)"
    runs: dict[str, Run] = field(default_factory=dict)
    when: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    machine: str = f"Python {platform.python_version()}, {platform.system()}"
    schema: int = SCHEMA

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
        return "\n".join(lines)


def keep(verdict: Verdict, folder: Path) -> Path:
    """
    Write a verdict beside those before it, as 0001.json, 0002.json, …
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("*.json"))) + 1
    while True:
        file = folder / f"{number:04}.json"
        try:
            with file.open("x", encoding="utf-8") as new:  # two checks may end at once
                new.write(to_json(verdict))
        except FileExistsError:
            number += 1
        else:
            return file


def kept(folder: Path) -> list[Verdict]:
    """
    The verdicts in a folder, oldest first; what another version wrote is passed over.
    """
    entries = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    return [from_json(entry) for entry in entries if entry.get("schema") == SCHEMA]


def to_json(verdict: Verdict) -> str:
    entries = asdict(verdict)
    if verdict.hint:
        entries["hint"] = verdict.hint._asdict()
    return json.dumps(entries, ensure_ascii=False, indent=1)


def from_json(entries: dict[str, Any]) -> Verdict:
    control, hint = entries["control"], entries["hint"]
    return Verdict(
        **entries
        | {
            "control": Claim(**control) if control else None,
            "claims": [Claim(**claim) for claim in entries["claims"]],
            "hint": Hint(**hint) if hint else None,
            "runs": {name: run_from_json(run) for name, run in entries["runs"].items()},
        }
    )


def run_from_json(entries: dict[str, Any]) -> Run:
    marks = [(seconds, label) for seconds, label in entries["marks"]]
    return Run([Sample(**sample) for sample in entries["samples"]], marks)


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
    lines = [f"      {name:<9} {fact}" for name, fact in facts.items() if fact]
    return [f"  ✗ {prefix}{claim.text}", *lines]
