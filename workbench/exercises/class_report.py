"""
A class, from the records that it handed in: who passed what and where it went wrong, and what
was predicted.

    DIR/ada/…/0001.json    a folder a learner: work/.verdicts and work/.predictions
    DIR/grace.json         or one file a learner: what `check --json FILE` wrote

Nothing is run. The files are what learners sent: what cannot be read is named and passed over,
and so is an exercise that the course does not have.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from workbench._predictions import Prediction
from workbench._records import Unreadable, printable, read
from workbench.errors import WorkbenchError, refusal

from .exercise import COURSE, exercises
from .verdict import FAIL, PASS, Verdict, standing


class Asked(NamedTuple):
    """
    A question of a notebook.
    """

    notebook: str
    question: str


@dataclass
class Learner:
    """
    One who handed something in: the verdicts by exercise, oldest first, and the predictions.
    """

    name: str
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    predictions: dict[Asked, Prediction] = field(default_factory=dict)  # those that count
    unreadable: list[Path] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # exercises and notebooks

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
        WorkbenchError: There is no such folder, or none that can be read, or no record in it.
    """
    if not folder.is_dir():
        msg = f"There is no folder {folder}: it has a folder or a JSON file for each learner."
        raise WorkbenchError(msg)
    try:
        entries = sorted(path for path in folder.iterdir() if path.is_dir() or _is_json(path))
    except PermissionError as error:
        raise WorkbenchError(refusal(error, folder)) from None
    known = _notebooks() | {exercise.path for exercise in exercises()}
    learners = [_read_learner(path, known) for path in entries]
    if not any(
        each.verdicts or each.predictions or each.unreadable or each.unknown
        for each in learners
    ):
        msg = (
            f"There is no verdict and no prediction in {folder}: it has a folder or a JSON file"
            " for each learner."
        )
        raise WorkbenchError(msg)
    return learners


def report(learners: list[Learner]) -> str:
    """
    The class by exercise, by learner, in its own words, by prediction; what was passed over.
    """
    handed_in = sorted({name for learner in learners for name in learner.verdicts})
    asked = sorted({asked for learner in learners for asked in learner.predictions})
    parts = [
        _by_exercise(learners, handed_in) if handed_in else [],
        _by_learner(learners),
        _in_their_words(learners, handed_in),
        *(_by_answer(learners, each) for each in asked),
        [f"Not read: {path}" for learner in learners for path in learner.unreadable],
        [
            f"Not of this course: {name} ({learner.name})"
            for learner in learners
            for name in sorted(learner.unknown)
        ],
    ]
    return "\n\n".join("\n".join(map(printable, part)) for part in parts if part)


def _by_exercise(learners: list[Learner], names: list[str]) -> list[str]:
    width = max([len("exercise"), *map(len, names)])
    lines = [f"{'exercise':<{width}}  passed  tried  commonest wrong turn"]
    for name in names:
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


def _by_answer(learners: list[Learner], asked: Asked) -> list[str]:
    """
    How many gave which answer, the options in their order, and which one was measured.
    """
    given = [each.predictions[asked] for each in learners if asked in each.predictions]
    answers = Counter(each.answer for each in given)
    seen = Counter(each.measured for each in given if each.measured)
    options = {option: None for each in given for option in each.among}
    if answers.keys() - options.keys():  # typed, as a number
        options = dict.fromkeys(sorted(answers, key=_as_number))
    width = max(map(len, options))
    lines = [f"{asked.notebook}: {asked.question}"]
    for option in options:
        mark = " ← measured" if option in seen else ""
        bar = "█" * answers[option]
        lines.append(f"  {option:<{width}}  {answers[option]:>3}  {bar}{mark}".rstrip())
    if others := sorted(seen.keys() - options.keys(), key=_as_number):
        lines.append(f"  measured: {' … '.join(dict.fromkeys((others[0], others[-1])))}")
    return lines


def _as_number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text


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


def _in_their_words(learners: list[Learner], names: list[str]) -> list[str]:
    """
    Why it holds, each exercise's reasons together; of each learner the last.
    """
    lines = []
    for name in names:
        for learner in learners:
            reasons = [v.because for v in learner.verdicts.get(name, ()) if v.because]
            lines += [
                f"{name.rpartition('/')[2]}, {learner.name}: {each}" for each in reasons[-1:]
            ]
    return ["why it holds, in their words", *lines] if lines else []


def _read_learner(place: Path, known: set[str]) -> Learner:
    learner = Learner(place.stem if place.is_file() else place.name)
    if not os.access(place, os.R_OK | (os.X_OK if place.is_dir() else 0)):
        learner.unreadable.append(place)
        return learner
    files = [place] if place.is_file() else sorted(filter(_is_json, place.rglob("*")))
    records: list[Verdict | Prediction] = []
    for file in files:
        try:
            records += _read(file)
        except Unreadable:
            learner.unreadable.append(file)
    for record in sorted(records, key=lambda record: record.when):
        about = record.notebook if isinstance(record, Prediction) else record.exercise
        if about not in known:
            learner.unknown.add(about)
        elif isinstance(record, Prediction):
            asked = Asked(record.notebook, record.question)
            before = learner.predictions.get(asked)
            if before is None or not before.measured:  # the first that was measured counts
                learner.predictions[asked] = record
        else:
            record.runs.clear()  # large, and of no use here
            learner.verdicts.setdefault(about, []).append(record)
    return learner


def _read(file: Path) -> list[Verdict] | list[Prediction]:
    try:
        return read(file, Verdict)
    except Unreadable:
        return read(file, Prediction)


def _notebooks() -> set[str]:
    """
    The folders of the notebooks, as a prediction names them.
    """
    chapters = COURSE / "chapters"
    found = chapters.rglob("*.ipynb")
    return {path.parent.relative_to(chapters).as_posix() for path in found}


def _is_json(path: Path) -> bool:
    return path.suffix == ".json" and path.is_file()
