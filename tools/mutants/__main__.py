"""
Judge every single change of the solutions, and list what the checks let pass.

    .venv/bin/python -m tools.mutants                    all exercises: an hour on two cores
    .venv/bin/python -m tools.mutants breaker            one
    .venv/bin/python -m tools.mutants breaker --list     what would be judged
    .venv/bin/python -m tools.mutants --most 20 --seed 7 so many, drawn
    .venv/bin/python -m tools.mutants --touched          of what differs from the last commit

A change that passes is a hole in the check, unless the task allows it: then it stands, by hand,
in `allowed.toml` beside the known answers, with the words of the task that allow it; or, if
nobody outside could tell the two apart, with the reason.

    [[change]]
    file = "service.py"
    what = "an edge: `now - since >= OPEN_SECONDS` → `now - since > OPEN_SECONDS`"
    because = "no clock shows the difference"

A hole that is known, and not closed yet, is owed: `[[owed]]`, with its `file` and its `what`.
Exit code 1 if a change passes that is neither. What share of an exercise's changes fails is
kept in `tests/mutants.txt`, and stands below the table of proofs.
"""

import argparse
import os
import random
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from tools import quick
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import Exercise, exercises, find
from workbench.exercises.known import ANSWERS
from workbench.exercises.run import run_check
from workbench.exercises.verdict import FAIL, PASS

from . import plain, python, shares
from .change import Change, place_to_edit, within

CHANGES: dict[str, Callable[[str], Iterator[Change]]] = {
    ".py": python.changes,
    ".sh": plain.shell,
    ".toml": plain.toml,
    ".yml": plain.yaml_,
}


@dataclass(frozen=True)
class Mutant:
    """
    An exercise's solution with one change.
    """

    exercise: Exercise
    file: str
    what: str
    text: str  # of the file, changed

    def diff(self) -> str:
        before = _solution(self.exercise, self.file).splitlines()
        lines = list(unified_diff(before, self.text.splitlines(), n=1, lineterm=""))
        return "\n".join(f"    {line}" for line in lines[2:])


def mutants(exercise: Exercise) -> list[Mutant]:
    """
    Every single change of an exercise's solution; where two read alike, the second says so.
    """
    found = []
    said: Counter[str] = Counter()
    for file in exercise.edits:
        text = _solution(exercise, file)
        for change in within(CHANGES[Path(file).suffix](text), place_to_edit(text)):
            what = change.describe(text)
            said[f"{file} {what}"] += 1
            again = said[f"{file} {what}"]
            name = f"{what} ({again})" if again > 1 else what
            found.append(Mutant(exercise, file, name, change.apply(text)))
    return found


def may_pass(exercise: Exercise) -> dict[tuple[str, str], str]:
    """
    What the changes are that may pass, by file and by what they are: "allowed" by the task, or
    "owed" by the check.

    Raises:
        WorkbenchError: A reason is no words of the task, or there is no such change.
    """
    path = ANSWERS / exercise.path / "allowed.toml"
    if not path.exists():
        return {}
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    task = " ".join(exercise.task.split())
    found = {(entry["file"], entry["what"]): "owed" for entry in entries.get("owed", [])}
    for entry in entries.get("change", []):
        words = entry.get("task", "")
        if words and words not in task:
            msg = f"{path}: the task does not say {words!r}."
            raise WorkbenchError(msg)
        if not words and not entry["because"]:
            msg = f"{path}: {entry['what']!r} has no reason."
            raise WorkbenchError(msg)
        found[entry["file"], entry["what"]] = "allowed"
    if gone := found.keys() - {(each.file, each.what) for each in mutants(exercise)}:
        msg = f"{path}: the solution has no place for {min(gone)[1]!r}."
        raise WorkbenchError(msg)
    return found


def judge(mutant: Mutant) -> str:
    """
    What the check says of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        for file in mutant.exercise.edits:
            same = _solution(mutant.exercise, file)
            text = mutant.text if file == mutant.file else same
            (Path(folder) / file).write_text(text, encoding="utf-8")
        return run_check(mutant.exercise, Path(folder), to_the_end=False).result


def report(chosen: Sequence[Mutant], results: Iterable[str]) -> dict[str, Counter[str]]:
    """
    Print each change that passes or could not be judged, then a table; return its rows.
    """
    rows: dict[str, Counter[str]] = {}
    may = {each.exercise.path: may_pass(each.exercise) for each in chosen}
    for mutant, result in zip(chosen, results, strict=True):
        row = rows.setdefault(mutant.exercise.path, Counter())
        known = may[mutant.exercise.path].get((mutant.file, mutant.what))
        row[known if known and result == PASS else result] += 1
        name = f"{mutant.exercise.name}/{mutant.file}  {mutant.what}"
        if known == "owed" and result == FAIL:
            print(f"no longer owed  {name}\n", flush=True)
        elif result != FAIL and not known:
            print(f"{result}  {name}\n{mutant.diff()}\n", flush=True)
    print(f"{'exercise':<34} changes  failed  allowed  owed  passed  not judged  share")
    for path, row in rows.items():
        counted = row.total() - row["allowed"]
        other = counted - row[FAIL] - row[PASS] - row["owed"]
        print(
            f"{path:<34} {row.total():>7} {row[FAIL]:>7} {row['allowed']:>8} {row['owed']:>5}"
            f" {row[PASS]:>7} {other:>11} {shares.percent(row[FAIL], counted):>6}"
        )
    return rows


def counted(rows: dict[str, Counter[str]]) -> dict[str, tuple[int, int]]:
    """
    How many fail, of how many that are not allowed: of exercises of which each was judged.
    """
    judged = {path: row[FAIL] + row[PASS] + row["owed"] for path, row in rows.items()}
    return {
        path: (row[FAIL], judged[path])
        for path, row in rows.items()
        if judged[path] + row["allowed"] == row.total()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge single changes of the solutions.")
    parser.add_argument("names", nargs="*", metavar="EXERCISE", help="by name; all, if none")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--most", type=int, metavar="N", help="draw so many")
    parser.add_argument("--seed", default="", help="what they are drawn by")
    parser.add_argument("--touched", action="store_true", help="of exercises that have changed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    arguments = parser.parse_args()
    names = [*arguments.names, *(quick.exercises(quick.changed()) if arguments.touched else ())]
    if arguments.touched and not names:
        print("No exercise has changed.")
        return 0
    try:
        those = [find(name) for name in names] or exercises()
        chosen = [mutant for exercise in those for mutant in mutants(exercise)]
    except WorkbenchError as error:
        parser.error(str(error))
    whole = arguments.most is None or len(chosen) <= arguments.most
    if not whole:
        drawn = random.Random(arguments.seed).sample(range(len(chosen)), arguments.most)
        chosen = [chosen[place] for place in sorted(drawn)]
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant.exercise.name}/{mutant.file}  {mutant.what}")
        return 0
    # Processes: a check's folder goes by its exercise and the process that runs it.
    with ProcessPoolExecutor(arguments.jobs) as pool:
        rows = report(chosen, pool.map(judge, chosen))
    if whole:
        shares.keep(counted(rows))
    return int(any(row[PASS] for row in rows.values()))


def _solution(exercise: Exercise, file: str) -> str:
    return (exercise.solution / file).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
