"""
What the process of a check tells ours.

It writes a message a line, as JSON, into a file, so that nothing is lost when it is ended from
outside or by its own time-out. The plugin and `workbench.checks` write them, `Findings` takes
them in the same order.

    found     a test was collected: what it requires, whether it is a control, and whether it
              draws from the seed
    begun     a test begins, at a moment of the monotonic clock: what follows is about it
    facts     what was done to the service, what a good one shows, what this one showed
    met       what the test requires is so
    unmet     it is not so, with a hint if the check has one; and what was seen, if not in facts
    recorded  the requests of a run and its marks, for the plot
    said      what the reader's service said last, and the line of theirs that it speaks of
    broken    nothing can be said: the check itself failed, or a stand-in knows too little
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from workbench._traffic import Run
from workbench.sidecars.load_generator import Sample


@dataclass(frozen=True)
class Hint:
    """
    What an observation suggests: a key for those who count them, a sentence for the reader.
    """

    key: str
    text: str


@dataclass(frozen=True)
class Found:
    id: str
    text: str
    control: bool
    draws: bool = False


@dataclass(frozen=True)
class Begun:
    id: str
    at: float


@dataclass(frozen=True)
class Facts:
    done: str
    expected: str
    seen: str


@dataclass(frozen=True)
class Met:
    pass


@dataclass(frozen=True)
class Unmet:
    hint: Hint | None
    seen: str | None = None


@dataclass(frozen=True)
class Recorded:
    name: str
    run: Run


@dataclass(frozen=True)
class Said:
    lines: list[str]
    line: str  # of the reader's file: "service.py:31: sys.exit(0)"


@dataclass(frozen=True)
class Broken:
    why: str


Message = Found | Begun | Facts | Met | Unmet | Recorded | Said | Broken
_KINDS: dict[str, type[Message]] = {
    kind.__name__.lower(): kind
    for kind in (Found, Begun, Facts, Met, Unmet, Recorded, Said, Broken)
}


def to_json(message: Message) -> str:
    return json.dumps({"event": type(message).__name__.lower()} | asdict(message))


def from_json(line: str) -> Message:
    entries: dict[str, Any] = json.loads(line)
    if hint := entries.get("hint"):
        entries["hint"] = Hint(**hint)
    if run := entries.get("run"):
        marks = [(seconds, label) for seconds, label in run["marks"]]
        entries["run"] = Run([Sample(**sample) for sample in run["samples"]], marks)
    return _KINDS[entries.pop("event")](**entries)
