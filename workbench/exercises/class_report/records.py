"""
What a class handed in, read: a file, or a folder, for each learner.

    DIR/ada.zip             what `course hand-in` wrote
    DIR/ada/…/0001.json     the same, unpacked; copies of work/.verdicts and the like
    DIR/ada.json            what `check --json FILE` wrote
    DIR/red/ada.zip         a class in several rooms: a folder for each, with the same in it

Of a record only what a report needs is read; and no file twice.
"""

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from workbench.errors import WorkbenchError, refusal
from workbench.exercises.exercise import COURSE, exercises
from workbench.exercises.hand_in import (
    ABOUT,
    ANSWERS,
    BROKEN,
    INCIDENTS,
    MOST_BYTES,
    PREDICTIONS,
    SUFFIX,
    VERDICTS,
    content,
)
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import FAIL, PASS, Result

# What is in somebody's own folder; the last are copies by other names.
ONE_LEARNER = {".verdicts", ".predictions", ".incidents", ANSWERS}
ONE_LEARNER |= {VERDICTS, PREDICTIONS, INCIDENTS}
ONE_LEARNER |= {"verdicts", "predictions", "incidents", "work"}
EXPECTED = "it has a hand-in, a folder or a JSON file for each learner, or rooms of such"
AGO = re.compile(r"(\d{1,6})(m|h|d)")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
# Of a clock that is set; beyond, calendars end.
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=FIRST, lt=LAST)]


@dataclass(frozen=True)
class Judged:
    """
    Of a claim, what became of it.
    """

    met: bool | None


@dataclass(frozen=True)
class Attempt:
    """
    Of a verdict, what a report needs. Copies of one are equal, whatever was said of it since.
    """

    exercise: str
    result: Result
    when: Moment
    seconds: float
    claims: tuple[Judged, ...] = ()
    hint: Hint | None = None
    because: str = field(default="", compare=False)
    kind: Literal["verdict"] = "verdict"
    schema: Literal[1] = 1

    @property
    def about(self) -> str:
        return self.exercise

    @property
    def passed(self) -> bool:
        return self.result == PASS

    @property
    def judged(self) -> bool:
        return self.result in (PASS, FAIL)

    @property
    def met(self) -> int:
        return sum(claim.met is True for claim in self.claims)


@dataclass(frozen=True)
class Guess:
    """
    Of a prediction, what a report needs.
    """

    notebook: str
    question: str
    among: Annotated[tuple[str, ...], Field(max_length=100)]
    answer: str
    when: Moment
    measured: str = ""
    kind: Literal["prediction"] = "prediction"
    schema: Literal[1] = 1

    @property
    def about(self) -> str:
        return self.notebook


@dataclass(frozen=True)
class Response:
    """
    Of an incident, what a report needs. Times are seconds since the fault.
    """

    incident: str
    result: Result
    when: Moment
    budget: int  # requests that may be bad
    burnt: int
    found: float | None = None
    recovered: float | None = None
    kind: Literal["incident"] = "incident"
    schema: Literal[1] = 1

    @property
    def about(self) -> str:
        return self.incident

    @property
    def left(self) -> int:
        """
        Per cent of the budget that was left.
        """
        return round(100 * (1 - self.burnt / self.budget)) if self.budget else 0


class Asked(NamedTuple):
    """
    A question of a notebook.
    """

    notebook: str
    question: str


@dataclass
class Learner:
    """
    One who handed something in: the attempts by exercise, oldest first, and the predictions.
    """

    name: str
    room: str = ""
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    predictions: dict[Asked, Guess] = field(default_factory=dict)  # those that count
    responses: dict[str, list[Response]] = field(default_factory=dict)  # by incident
    unreadable: list[Path] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # exercises, notebooks and incidents

    @property
    def called(self) -> str:
        return called(self.room, self.name)


Found = list[Attempt | Guess | Response]


class Place(NamedTuple):
    """
    Where somebody's hand-in lies.
    """

    room: str
    name: str
    path: Path

    @property
    def called(self) -> str:
        return called(self.room, self.name)


def called(room: str, name: str) -> str:
    return f"{room}/{name}" if room else name


def read_class(folder: Path, *, since: datetime | None = None) -> list[Learner]:
    """
    All who handed something in, by room and name.

    Args:
        folder: What the class handed in.
        since: What is older is left out.

    Raises:
        WorkbenchError: There is no such folder, or none that can be read, or no record in it.
    """
    known = _notebooks() | _incidents() | {exercise.path for exercise in exercises()}
    learners: dict[tuple[str, str], Learner] = {}
    records: dict[tuple[str, str], Found] = {}
    for room, name, path in places(folder):
        learner = learners.setdefault((room, name), Learner(name, room))
        records.setdefault((room, name), []).extend(_read(path, learner.unreadable))
    if not any(records.values()) and not any(each.unreadable for each in learners.values()):
        msg = f"There is no verdict, prediction or incident in {folder}: {EXPECTED}."
        raise WorkbenchError(msg)
    for who, learner in learners.items():
        _sort_in(learner, records[who], known, since)
    return list(learners.values())


def places(folder: Path) -> list[Place]:
    """
    Where what was handed in lies, by room and name.

    Raises:
        WorkbenchError: There is no such folder, or none that can be read.
    """
    if not folder.is_dir():
        msg = f"There is no folder {folder}: {EXPECTED}."
        raise WorkbenchError(msg)
    chapters = {path.name for top in ("labs", "chapters") for path in (COURSE / top).iterdir()}
    try:
        return sorted(_places(folder, ONE_LEARNER | chapters))
    except PermissionError as error:
        raise WorkbenchError(refusal(error, folder)) from None


def moment(text: str) -> datetime:
    """
    A moment, written as in ISO 8601, or as how long ago: 45m, 2h, 3d.

    Raises:
        WorkbenchError: It is neither.
    """
    try:
        if ago := AGO.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text).astimezone()  # without a zone, this machine's
    except (ValueError, OverflowError):
        msg = f"{text!r} is no moment: write 45m, 2h or 3d, or a time as in 2026-01-31T09:00."
        raise WorkbenchError(msg) from None


def _places(folder: Path, marks: set[str]) -> Iterator[Place]:
    for path in _entries(folder):
        if path.is_dir() and _is_room(path, marks):
            for each in _entries(path):
                yield Place(path.name, _name(each), each)
        else:
            yield Place("", _name(path), path)


def _is_room(folder: Path, marks: set[str]) -> bool:
    """
    Whether a folder has people in it, and not the records of one.
    """
    if marks & _names(folder):
        return False
    inside = _entries(folder) if _may_enter(folder) else []
    # A hub has ada/ada.zip, a folder for each and in it what only they could write.
    return any(
        marks & _names(each) or f"{each.name}{SUFFIX}" in _names(each)
        if each.is_dir()
        else each.name.endswith(SUFFIX) and each.stem != folder.name
        for each in inside
    )


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if _may_enter(folder) else set()


def _entries(folder: Path) -> list[Path]:
    """
    What may be a hand-in; what begins with a dot is an editor's, or not whole yet.
    """
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and (path.is_dir() or _is_read(path))
    )


def _is_read(path: Path) -> bool:
    return path.suffix in (".json", SUFFIX) and path.name != ABOUT and path.is_file()


def _name(path: Path) -> str:
    return path.name if path.is_dir() else path.stem


def _may_enter(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def _read(place: Path, unreadable: list[Path]) -> Found:
    """
    The records of a hand-in; what cannot be read is noted.
    """
    if place.is_dir() and not _may_enter(place):
        unreadable.append(place)
        return []
    found: Found = []
    for file in [place] if place.is_file() else _files(place):
        try:
            for text in _texts(file):
                found += _records(text)
        except (*BROKEN, ValidationError):
            unreadable.append(file)
    return found


def _files(folder: Path) -> list[Path]:
    """
    The files of one learner, without those of an answer.
    """
    files = sorted(filter(_is_read, folder.rglob("*")))
    return [file for file in files if ANSWERS not in file.relative_to(folder).parts]


def _texts(file: Path) -> list[bytes]:
    if file.suffix == SUFFIX:
        with zipfile.ZipFile(file) as archive:
            names = [VERDICTS, PREDICTIONS]
            names += [INCIDENTS] if INCIDENTS in archive.namelist() else []  # older ones: none
            return [content(archive, name) for name in names]
    if file.stat().st_size > MOST_BYTES:
        msg = f"more than {MOST_BYTES >> 20} MB"
        raise ValueError(msg)
    text = file.read_bytes()
    if not text.strip():
        msg = "empty"
        raise ValueError(msg)
    return [text]


def _records(text: bytes) -> Found:
    """
    One record, as it is kept, or a list of them.
    """
    several = text.lstrip().startswith(b"[")
    return _READER.validate_json(text if several else b"[%b]" % text, strict=True)


def _sort_in(learner: Learner, records: Found, known: set[str], since: datetime | None) -> None:
    """
    Give a learner their records, oldest first, and each once, however often it was copied.
    """
    in_order = sorted(records, key=lambda record: record.when)
    for record in {each: each for each in in_order}.values():
        if record.about not in known:
            learner.unknown.add(record.about)
        elif isinstance(record, Guess):
            asked = Asked(record.notebook, record.question)
            before = learner.predictions.get(asked)
            if before is None or not before.measured:  # the first that was measured counts
                learner.predictions[asked] = record
        elif since and record.when < since:
            continue
        elif isinstance(record, Response):
            learner.responses.setdefault(record.incident, []).append(record)
        else:
            learner.attempts.setdefault(record.exercise, []).append(record)
    if since:
        predictions = learner.predictions.items()
        learner.predictions = {a: each for a, each in predictions if each.when >= since}


def _notebooks() -> set[str]:
    """
    The folders of the notebooks, as a prediction names them.
    """
    chapters = COURSE / "chapters"
    found = chapters.rglob("*.ipynb")
    return {path.parent.relative_to(chapters).as_posix() for path in found}


def _incidents() -> set[str]:
    """
    The names of the incidents, none of which is imported for that.
    """
    places = COURSE / "workbench" / "incidents" / "catalogue"
    return {file.parent.name for file in places.glob("*/incident.py")}


_READER = TypeAdapter(Found)
