"""
A class, from the verdicts that it handed in: who passed what, and where it went wrong.

    DIR/ada/…/0001.json    a folder a learner: work/.verdicts, or anything with verdicts in it
    DIR/grace.json         or one file a learner: what `check --json FILE` wrote

Nothing is run. The files are what learners sent: what cannot be read is named and passed over.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ._verdict import FAIL, PASS, SCHEMA, Verdict, from_json, standing
from .errors import WorkbenchError


@dataclass
class Learner:
    """
    One who handed something in, and the verdicts by exercise, oldest first.
    """

    name: str
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    unreadable: list[Path] = field(default_factory=list)

    def passed(self, exercise: str) -> bool:
        return any(verdict.passed for verdict in self.verdicts.get(exercise, ()))

    def attempted(self, exercise: str) -> bool:
        attempts = (PASS, FAIL)
        return any(verdict.result in attempts for verdict in self.verdicts.get(exercise, ()))

    def hints(self, exercise: str) -> set[str]:
        """
        Each wrong turn once, however often it was taken: who tries often should not outvote.
        """
        return {v.hint.key for v in self.verdicts.get(exercise, ()) if v.hint}


def read_class(folder: Path) -> list[Learner]:
    """
    All who handed something in, by name.

    Raises:
        WorkbenchError: There is no such folder, or nobody's verdict in it.
    """
    if not folder.is_dir():
        msg = f"There is no folder {folder}: it has a folder or a JSON file for each learner."
        raise WorkbenchError(msg)
    entries = sorted(path for path in folder.iterdir() if path.is_dir() or _is_json(path))
    learners = [_read_learner(path) for path in entries]
    if not any(learner.verdicts or learner.unreadable for learner in learners):
        msg = (
            f"There is no verdict in {folder}: it has a folder or a JSON file for each learner."
        )
        raise WorkbenchError(msg)
    return learners


def report(learners: list[Learner]) -> str:
    """
    The class by exercise, then by learner, then what could not be read.
    """
    exercises = sorted({name for learner in learners for name in learner.verdicts})
    parts = [
        _by_exercise(learners, exercises),
        _by_learner(learners),
        [f"Not read: {path}" for learner in learners for path in learner.unreadable],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _by_exercise(learners: list[Learner], exercises: list[str]) -> list[str]:
    width = max([len("exercise"), *map(len, exercises)])
    lines = [f"{'exercise':<{width}}  passed  tried  commonest wrong turn"]
    for name in exercises:
        passed = sum(learner.passed(name) for learner in learners)
        tried = sum(learner.attempted(name) for learner in learners)
        of = f"{passed}/{len(learners)}"
        lines.append(f"{name:<{width}}  {of:>6}  {tried:>5}  {_commonest(learners, name)}")
    return [line.rstrip() for line in lines]


def _commonest(learners: list[Learner], exercise: str) -> str:
    counts = Counter(key for learner in learners for key in learner.hints(exercise))
    if not counts:
        return ""
    most = max(counts.values())
    keys = sorted(key for key, count in counts.items() if count == most)
    return f"{' and '.join(keys)} ({most} of {len(learners)} learners)"


def _by_learner(learners: list[Learner]) -> list[str]:
    width = max([len("learner"), *(len(learner.name) for learner in learners)])
    lines = [f"{'learner':<{width}}  passed  not yet"]
    for learner in learners:
        passed = sum(map(learner.passed, learner.verdicts))
        open_ones = [
            f"{name.rpartition('/')[2]}: {standing(verdicts)}"
            for name, verdicts in sorted(learner.verdicts.items())
            if learner.attempted(name) and not learner.passed(name)
        ]
        lines.append(f"{learner.name:<{width}}  {passed:>6}  {'; '.join(open_ones)}".rstrip())
    return lines


def _read_learner(place: Path) -> Learner:
    learner = Learner(place.stem if place.is_file() else place.name)
    files = [place] if place.is_file() else sorted(filter(_is_json, place.rglob("*")))
    verdicts: list[Verdict] = []
    for file in files:
        try:
            verdicts += _verdicts(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            learner.unreadable.append(file)
    for verdict in sorted(verdicts, key=lambda verdict: verdict.when):
        learner.verdicts.setdefault(verdict.exercise, []).append(verdict)
    return learner


def _verdicts(found: Any) -> Iterator[Verdict]:
    """
    Those in a file: one, as the checks keep them, or a list, as `check --json` writes it.
    """
    for entries in found if isinstance(found, list) else [found]:
        if entries["schema"] != SCHEMA:
            msg = f"written by another version: schema {entries['schema']}"
            raise ValueError(msg)
        verdict = from_json(entries | {"runs": {}})
        if not all(isinstance(x, str) for x in (verdict.exercise, verdict.when)):
            raise TypeError
        yield verdict


def _is_json(path: Path) -> bool:
    return path.suffix == ".json" and path.is_file()
