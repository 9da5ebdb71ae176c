"""
The known answers to the exercises: each is written down as what a learner would write.

    tests/exercises/answers/CHAPTER/EXERCISE/
        expected.toml                the wrong answers, and the hint that each must get
        wrong/counts_in_a_row.py     imports that the file lacks, then what stands in its place
        right/a_lock.py              to edit; without such a place, as in a script, the file
        wrong/asks_nothing/          an answer in several files, under the names that they have

An answer that changes something outside the place to edit is a whole file, markers and all.

    .venv/bin/python -m tools.answers show drain/atexit           what a reader would have
    .venv/bin/python -m tools.answers show drain/atexit FOLDER    … in a new folder, to run it
    .venv/bin/python -m tools.answers diff drain/atexit           against the solution
"""

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from workbench.errors import WorkbenchError
from workbench.exercises import known
from workbench.exercises.copies import assemble
from workbench.exercises.exercise import Exercise, find
from workbench.exercises.known import ANSWERS, right_answers
from workbench.exercises.verdict import FAIL, NOT_ATTEMPTED, PASS


class Answer(NamedTuple):
    """
    A known answer to an exercise, and the verdict and the hint that it must get: one of
    several, where the moment decides which of its faults is seen.
    """

    exercise: Exercise
    name: str
    written: Path  # a file, or a folder of them
    result: str
    hints: tuple[str, ...] = ()

    def paths(self) -> dict[str, Path]:
        """
        Where each file of the answer is written down, by its name.
        """
        return known.paths(self.exercise, self.written)

    def files(self) -> dict[str, str]:
        """
        The text of each file of the answer, whole, by its name.
        """
        return known.files(self.exercise, self.written)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """
        A folder that holds the answer until the end of the block, as `work/` holds a reader's.
        """
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            for name, text in self.files().items():
                (folder / name).write_text(text, encoding="utf-8")
            yield folder


def answers(exercise: Exercise) -> list[Answer]:
    """
    Every known answer to an exercise: the untouched one, the wrong and the right ones.

    Raises:
        WorkbenchError: `expected.toml` doesn't name what is in `wrong/`.
    """
    folder = ANSWERS / exercise.path
    wrong = {path.stem: path for path in (folder / "wrong").iterdir()}
    expected = tomllib.loads(_read(folder / "expected.toml"))
    if strangers := wrong.keys() ^ expected.keys():
        msg = f"In {folder}, expected.toml or wrong/ lacks: {', '.join(sorted(strangers))}."
        raise WorkbenchError(msg)
    return [
        Answer(exercise, "untouched", exercise.folder, NOT_ATTEMPTED),
        *(
            Answer(exercise, name, wrong[name], FAIL, _each(hints))
            for name, hints in expected.items()
        ),
        Answer(exercise, "solution", exercise.solution, PASS),
        *(Answer(exercise, path.stem, path, PASS) for path in right_answers(exercise)),
    ]


def find_answer(path: str) -> Answer:
    """
    One answer, by `exercise/name`.

    Raises:
        WorkbenchError: There is none.
    """
    exercise, _, name = path.rpartition("/")
    named = {answer.name: answer for answer in answers(find(exercise))}
    if name not in named:
        msg = f"{exercise} has no answer {name!r}; there are: {', '.join(named)}."
        raise WorkbenchError(msg)
    return named[name]


def show(answer: Answer, folder: Path | None) -> None:
    """
    Print an answer's files; or write them, and those that are given, into a new folder.
    """
    if folder:
        with answer.folder() as attempt:
            assemble(answer.exercise, attempt, folder)
    else:
        for name, text in answer.files().items():
            print(f"### {name}\n{text}", end="")


def diff(answer: Answer) -> None:
    """
    Print what makes of the solution this answer.
    """
    solution = find_answer(f"{answer.exercise.path}/solution").files()
    for name, text in answer.files().items():
        before, after = (each.splitlines(keepends=True) for each in (solution[name], text))
        names = f"solution/{name}", f"{answer.name}/{name}"
        sys.stdout.writelines(unified_diff(before, after, *names))


def _each(hints: str | list[str]) -> tuple[str, ...]:
    return (hints,) if isinstance(hints, str) else tuple(hints)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Look at a known answer to an exercise.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (("show", "print or write it, whole"), ("diff", "against the solution")):
        asked = verbs.add_parser(verb, help=what)
        asked.add_argument("answer", metavar="EXERCISE/NAME")
        if verb == "show":
            asked.add_argument("folder", nargs="?", type=Path, help="a new one, to run it in")
    arguments = parser.parse_args()
    try:
        answer = find_answer(arguments.answer)
        if arguments.verb == "diff":
            diff(answer)
        else:
            show(answer, arguments.folder)
    except (WorkbenchError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
