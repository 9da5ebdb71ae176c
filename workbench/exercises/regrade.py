"""
The answers that a class handed in, judged again.

A record is what a learner's file says; an answer is what a check says of it. The answers run as
any does under a check: with the rights of whoever judges them, on this machine.
"""

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from workbench._scratch import discard, scratch
from workbench.errors import WorkbenchError

from .class_report.records import Place, places, read_class
from .class_report.summary import sum_up
from .copies import MOST_BYTES, MOST_FILES
from .exercise import Exercise
from .hand_in import ANSWERS, BROKEN, SUFFIX, content
from .notebook import judge
from .verdict import COULD_NOT_CHECK, PASS


class Regraded(NamedTuple):
    """
    An answer that was judged again: what the records say of it, and what the check says.
    """

    learner: str
    exercise: str
    recorded: str
    result: str
    why: str  # it could not be judged; nothing, if it was

    @property
    def differs(self) -> bool:
        """
        Whether one of the two is a PASS and the other is none.
        """
        judged = self.result != COULD_NOT_CHECK
        return judged and (self.recorded == PASS) != (self.result == PASS)


def regrade(folder: Path, chosen: Collection[Exercise]) -> Iterator[Regraded]:
    """
    Judge the answers of a class, one after the other, those to the chosen exercises.

    Raises:
        WorkbenchError: There is no such folder, or nothing in it that can be read.
    """
    recorded = {
        (row.room, row.name, name): standing.result
        for row in sum_up(read_class(folder)).learners
        for name, standing in row.exercises.items()
    }
    seen = set()
    for place in places(folder):
        for exercise in chosen:
            key = (place.room, place.name, exercise.path)
            if key in seen:  # an archive, and beside it what it was unpacked to
                continue
            try:
                answer = _answer(place, exercise)
                if answer is None:
                    continue
                seen.add(key)
                verdict, _ = judge(exercise, answer, tell=lambda _: None)
                result, why = verdict.result, verdict.reason
            except (*BROKEN, WorkbenchError) as error:
                result, why = COULD_NOT_CHECK, f"its answer cannot be read ({error})"
            finally:
                discard("regrade")
            yield Regraded(
                place.called, exercise.path, recorded.get(key, "no record"), result, why
            )


def _answer(place: Place, exercise: Exercise) -> Path | None:
    """
    The folder with somebody's answer to an exercise; None, if they have handed in none.
    """
    if place.path.is_dir():
        folder = place.path / ANSWERS / exercise.path
        if folder.is_dir():
            return folder
        file = place.path / f"{place.name}{SUFFIX}"  # a hub's folder for one of them
    else:
        file = place.path
    if file.suffix != SUFFIX or not file.is_file():
        return None
    with zipfile.ZipFile(file) as archive:
        return _unpacked(archive, f"{ANSWERS}/{exercise.path}/")


def _unpacked(archive: zipfile.ZipFile, top: str) -> Path | None:
    """
    What is below a folder of an archive, as plain files in a folder of ours.
    """
    names = [name for name in archive.namelist() if name.startswith(top) and name[-1] != "/"]
    if not names:
        return None
    folder, size = scratch("regrade"), 0
    for number, name in enumerate(names, start=1):
        inside = PurePosixPath(name.removeprefix(top))
        if inside.is_absolute() or ".." in inside.parts:
            msg = f"{name} leads out of it"
            raise ValueError(msg)
        text = content(archive, name)
        size += len(text)
        if size > MOST_BYTES or number > MOST_FILES:
            msg = "it is too much for an answer"
            raise ValueError(msg)
        file = folder / inside
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    return folder
