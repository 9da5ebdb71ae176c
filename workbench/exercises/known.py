"""
The known answers to an exercise, made whole.

    tests/exercises/answers/CHAPTER/EXERCISE/right/a_lock.py

Each is written down as what a learner would write: the imports that the given file lacks, then
what stands in the place to edit. Without such a place, as in a script, and where something
outside of it changes, the file is whole. An answer in several files is a folder of them.
"""

import re
from pathlib import Path

from .exercise import COURSE, Exercise

ANSWERS = COURSE / "tests" / "exercises" / "answers"
PLACE = re.compile(
    r"^# --- yours from here\n(?P<yours>.*?)\n*^# --- to here\n", re.MULTILINE | re.DOTALL
)
IMPORT = re.compile(r"^(?:import|from) [^(\n]*(?:\([^)]*\))?\n", re.MULTILINE)


def right_answers(exercise: Exercise) -> list[Path]:
    """
    Where the right ones are written down, beside the solution.
    """
    return sorted((ANSWERS / exercise.path / "right").glob("*"))


def paths(exercise: Exercise, written: Path) -> dict[str, Path]:
    """
    Where each file of an answer is written down, by its name.
    """
    if written.is_dir():
        named = {name: written / name for name in exercise.edits}
    else:
        named = {name: written for name in exercise.edits if name.endswith(written.suffix)}
    return {name: path for name, path in named.items() if path.exists()}


def files(exercise: Exercise, written: Path) -> dict[str, str]:
    """
    The text of each file of an answer, whole, by its name.
    """
    return {
        name: whole(_read(exercise.folder / name), _read(path))
        for name, path in paths(exercise, written).items()
    }


def whole(given: str, written: str) -> str:
    """
    A file as it is given, with what is written in its place to edit.
    """
    place = PLACE.search(given)
    if place is None or PLACE.search(written):
        return written
    before, after = given[: place.start("yours")], given[place.end("yours") :]
    if at := after_imports(before):
        end = after_imports(written)
        before = before[:at] + written[:end] + before[at:]
        written = written[end:]
    return before + written.strip("\n") + after


def after_imports(code: str) -> int:
    """
    Where the last import ends; 0 if there is none.
    """
    return max((found.end() for found in IMPORT.finditer(code)), default=0)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
