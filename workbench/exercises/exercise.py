"""
The exercises: where they are, and what they ask.

    labs/CHAPTER/EXERCISE/        task.md, check.py, exercise.toml, and the service to repair
    solutions/CHAPTER/EXERCISE/   the file to edit, solved
    work/CHAPTER/EXERCISE/        the reader's copy, made on first use
"""

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path, PurePath

from workbench.errors import WorkbenchError

COURSE = Path(__file__).resolve().parents[2]
# The reader gets all but these.
OURS = ("task.md", "check.py", "check_model.py", "exercise.toml", "hints.toml", "__pycache__")
NOT_JUDGED = (*OURS, "*.bak-*", ".*")  # an editor's lock, a reader's own .env or .git …


@dataclass(frozen=True)
class Exercise:
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
        return sorted(path for path in self.folder.iterdir() if not self.passes_over(path.name))

    def passes_over(self, name: str) -> bool:
        """
        Whether a file of that name is no part of an answer.
        """
        return name not in self.edits and any(fnmatch(name, each) for each in NOT_JUDGED)

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


def exercises() -> list[Exercise]:
    """
    All exercises, in the order of the course.
    """
    found = [_read(path) for path in (COURSE / "labs").glob("*/*/exercise.toml")]
    return sorted(found, key=lambda each: (each.folder.parent.name, each.number))


def find(name: str) -> Exercise:
    """
    One exercise, by `name`, by `chapter/name`, or by the path of its folder in labs/ or work/.
    """
    chapter, wanted = ("", "", *PurePath(name.casefold()).parts)[-2:]
    everything = exercises()
    found = [
        each
        for each in everything
        if each.name == wanted and chapter in ("", each.folder.parent.name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(each.path for each in found)
        msg = f"{name!r} is in several chapters; there are: {paths}."
        raise WorkbenchError(msg)
    names = [each.name for each in everything]
    near = get_close_matches(wanted, names, n=1)
    advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}."
    msg = f"There is no exercise {name!r}; {advice}"
    raise WorkbenchError(msg)


def _read(file: Path) -> Exercise:
    entries = tomllib.loads(file.read_text(encoding="utf-8"))
    lists = {key: tuple(entries.get(key, ())) for key in ("hints", "also")}
    return Exercise(folder=file.parent, **entries | lists)
