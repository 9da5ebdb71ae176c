"""
The exercises: where they are, what they ask, and the reader's own copies.

    labs/CHAPTER/EXERCISE/        task.md, check.py, exercise.toml, and the service to repair
    solutions/CHAPTER/EXERCISE/   the file to edit, solved
    work/CHAPTER/EXERCISE/        the reader's copy, made on first use
"""

import ast
import itertools
import os
import shutil
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePath

from .errors import WorkbenchError

COURSE = Path(__file__).resolve().parents[1]
OURS = ("task.md", "check.py", "exercise.toml", "__pycache__")  # the reader gets all but these
NOT_JUDGED = shutil.ignore_patterns(*OURS, "*.bak-*", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Lab:
    """
    One exercise, as its `exercise.toml` describes it.
    """

    folder: Path
    number: int
    title: str
    minutes: int
    edit: str  # the file that the reader edits
    hints: tuple[str, ...]  # from a question to the mechanism
    also: tuple[str, ...] = ()  # more files that may be edited

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def edits(self) -> tuple[str, ...]:
        return (self.edit, *self.also)

    @property
    def path(self) -> str:
        """
        Chapter and name, as they stand in labs/, solutions/ and work/.
        """
        return f"{self.folder.parent.name}/{self.name}"

    @property
    def task(self) -> str:
        return (self.folder / "task.md").read_text(encoding="utf-8")

    @property
    def given(self) -> list[Path]:
        """
        The files that the reader starts with.
        """
        return sorted(path for path in self.folder.iterdir() if path.name not in OURS)

    @property
    def work(self) -> Path:
        return work_folder() / self.path

    @property
    def solution(self) -> Path:
        return COURSE / "solutions" / self.path

    @property
    def verdicts(self) -> Path:
        return work_folder() / ".verdicts" / self.path


def work_folder() -> Path:
    """
    Where the reader's copies are: `work/`, or what WORKBENCH_WORK says, for tests.
    """
    return Path(os.environ.get("WORKBENCH_WORK") or COURSE / "work")


def labs() -> list[Lab]:
    """
    All exercises, in the order of the course.
    """
    found = [_read(path) for path in (COURSE / "labs").glob("*/*/exercise.toml")]
    return sorted(found, key=lambda lab: (lab.folder.parent.name, lab.number))


def find(name: str) -> Lab:
    """
    One exercise, by `name`, by `chapter/name`, or by the path of its folder in labs/ or work/.
    """
    chapter, wanted = ("", "", *PurePath(name.casefold()).parts)[-2:]
    everything = labs()
    found = [
        lab
        for lab in everything
        if lab.name == wanted and chapter in ("", lab.folder.parent.name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(lab.path for lab in found)
        msg = f"{name!r} is in several chapters; there are: {paths}."
        raise WorkbenchError(msg)
    names = [lab.name for lab in everything]
    near = get_close_matches(wanted, names, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}."
    msg = f"There is no exercise {name!r}; {advice}"
    raise WorkbenchError(msg)


def open_work(lab: Lab) -> Path:
    """
    Make the reader's copy of what is not there yet; return the file to edit.
    """
    lab.work.mkdir(parents=True, exist_ok=True)
    for path in lab.given:
        if not (lab.work / path.name).exists():
            shutil.copy(path, lab.work)
    return lab.work / lab.edit


def reset_work(lab: Lab) -> list[Path]:
    """
    Begin anew; return where the old files are kept, those that were changed.
    """
    kept = []
    for file in (lab.work / name for name in lab.edits):
        if file.exists() and _meaning(file) != _meaning(lab.folder / file.name):
            backups = (file.with_name(f"{file.name}.bak-{n}") for n in itertools.count(1))
            kept.append(next(path for path in backups if not path.exists()))
            file.rename(kept[-1])
    for path in lab.given:
        (lab.work / path.name).unlink(missing_ok=True)
    open_work(lab)
    return kept


def untouched(lab: Lab, attempt: Path) -> bool:
    """
    Whether an attempt says the same as the lab's own files, comments and blanks aside.
    """
    return all(
        _meaning(attempt / name) == _meaning(lab.folder / name)
        for name in lab.edits
        if (attempt / name).is_file()
    )


def assemble(lab: Lab, attempt: Path, target: Path) -> None:
    """
    Copy an attempt to where it is run; what is given, and not to be edited, is the lab's.
    """
    if not any((attempt / name).is_file() for name in lab.edits):
        names = " and no ".join(lab.edits)
        msg = f"There is no {names} in {attempt}, so there is nothing to check."
        raise WorkbenchError(msg)
    shutil.copytree(attempt, target, ignore=NOT_JUDGED)
    for path in lab.given:
        if path.name not in lab.edits or not (attempt / path.name).is_file():
            shutil.copy(path, target)


def _read(file: Path) -> Lab:
    entries = tomllib.loads(file.read_text(encoding="utf-8"))
    lists = {key: tuple(entries.get(key, ())) for key in ("hints", "also")}
    return Lab(folder=file.parent, **entries | lists)


def _meaning(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".py":
        try:
            return ast.dump(ast.parse(text))
        except (SyntaxError, ValueError):
            return text
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("#"))
