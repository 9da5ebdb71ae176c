"""
What a check found: the verdict, its text, and the verdicts that are kept.
"""

import itertools
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from workbench._claims import measured
from workbench._command import course
from workbench._traffic import Sample

SCHEMA: Literal[1] = 1  # of the JSON; raised when a field changes its meaning

PASS: Literal["PASS"] = "PASS"  # noqa: S105, no password
FAIL: Literal["FAIL"] = "FAIL"
NOT_ATTEMPTED: Literal["NOT ATTEMPTED"] = "NOT ATTEMPTED"
COULD_NOT_CHECK: Literal["COULD NOT CHECK"] = "COULD NOT CHECK"
Result = Literal["PASS", "FAIL", "NOT ATTEMPTED", "COULD NOT CHECK"]


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
    result: Result
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
    schema: Literal[1] = SCHEMA

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
        return "\n".join(map(printable, lines))


_READER = TypeAdapter(list[Verdict])
_named: set[Path] = set()  # what was said to be passed over


class Unreadable(ValueError):
    """
    A file is no verdict: the message is a phrase that says why.
    """


class AnotherVersion(Unreadable):
    """
    A file is a verdict of another version of the course, and whole for all that we know.
    """


def keep(verdict: Verdict, folder: Path) -> Path:
    """
    Write a verdict beside those before it, as 0001.json, 0002.json, …

    It is there whole or not at all, and never in the place of another: who makes
    `0001.json.new` has the number, and renames the file when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(file.stem) for file in folder.glob("*.json") if file.stem.isdecimal()]
    for number in itertools.count(max(numbers, default=0) + 1):
        file = folder / f"{number:04}.json"
        new = file.with_suffix(".json.new")
        try:
            with new.open("x", encoding="utf-8") as content:  # two checks may end at once
                content.write(to_json(verdict))
            if not file.exists():  # else another check has been here since we looked
                return new.rename(file)
        except FileExistsError:
            continue
        except OSError:
            new.unlink(missing_ok=True)
            raise
        new.unlink()
    raise AssertionError  # there is always one more number


def kept(folder: Path) -> list[Verdict]:
    """
    The verdicts in a folder, oldest first; what cannot be read is named, once, and passed over.
    """
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            found += read(file)
        except Unreadable as error:
            if file not in _named:
                _named.add(file)
                mend = f"`{course('doctor')}` sets it aside."
                advice = "" if isinstance(error, AnotherVersion) else f" {mend}"
                print(printable(f"Passed over: {file} {error}.{advice}"), file=sys.stderr)
    return found


def set_aside(folder: Path) -> dict[Path, Path]:
    """
    Rename what is no verdict anywhere below a folder; return the old and new names.
    """
    renamed = {}
    for file in sorted(folder.rglob("*.json")):
        try:
            read(file)
        except AnotherVersion:
            continue
        except Unreadable:
            names = (f"{file.name}.unreadable{n or ''}" for n in itertools.count())
            aside = next(path for path in map(file.with_name, names) if not path.exists())
            renamed[file] = file.rename(aside)
    return renamed


def read(file: Path) -> list[Verdict]:
    """
    The verdicts in a file: one, as it is kept, or a list, as `check --json` writes it.

    Raises:
        Unreadable: There is no such thing in it.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        msg = f"cannot be read ({error.strerror})"
        raise Unreadable(msg) from None
    if not text.strip():
        msg = "is empty"
        raise Unreadable(msg)
    try:
        several = text.lstrip().startswith(b"[")
        return _READER.validate_json(text if several else b"[%b]" % text, strict=True)
    except ValidationError as found:
        faults = found.errors(include_url=False, include_input=False)
    for fault in faults:
        if fault["loc"][1:] == ("schema",):
            msg = "was written by another version of the course"
            raise AnotherVersion(msg)
    where = ".".join(str(part) for part in faults[0]["loc"][1:])
    msg = f"is no verdict ({where + ': ' if where else ''}{faults[0]['msg']})"
    raise Unreadable(msg)


def printable(text: str) -> str:
    """
    A line with its control characters as escapes, and whatever else would move what is shown.

    What an answer prints must not wipe a screen, set a title or turn the text around.
    """
    return "".join(
        each if each.isprintable() or each == "\t" else each.encode("unicode_escape").decode()
        for each in text
    )


def to_json(verdict: Verdict) -> str:
    entries = asdict(verdict)
    if verdict.hint:
        entries["hint"] = verdict.hint._asdict()
    text = json.dumps(entries, ensure_ascii=False, indent=1)
    return text.encode(errors="replace").decode()  # half a surrogate pair is no text


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
