"""
The four proofs of every exercise, as one table.

    .venv/bin/python tools/proofs.py [EXERCISE …] [--repeat N] [--busy]

Untouched, it reads NOT ATTEMPTED and its claims fail; each known wrong answer in `tests/wrong/`
fails with its own hint; the solution passes, and so does every other right answer in
`tests/right/`; and the same verdicts hold N times over, with both cores busy if asked for.
Exit code 0 if all of it is so.
"""

import argparse
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from workbench.exercises.exercise import COURSE, Lab, find, labs
from workbench.exercises.run import run_check
from workbench.exercises.verdict import FAIL, NOT_ATTEMPTED, PASS, Verdict

WRONG = COURSE / "tests" / "wrong"
RIGHT = COURSE / "tests" / "right"


class Answer(NamedTuple):
    """
    A known answer to an exercise, and the verdict and the hint that it must get.
    """

    lab: Lab
    name: str
    folder: Path
    result: str
    hint: str | None = None


def answers(lab: Lab) -> list[Answer]:
    """
    Every known answer to an exercise: the untouched one, the wrong and the right ones.
    """
    folder = WRONG / lab.path
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    wrong = [Answer(lab, name, folder / name, FAIL, hint) for name, hint in expected.items()]
    return [
        Answer(lab, "untouched", lab.folder, NOT_ATTEMPTED),
        *wrong,
        Answer(lab, "solution", lab.solution, PASS),
        *(Answer(lab, path.name, path, PASS) for path in sorted((RIGHT / lab.path).glob("*/"))),
    ]


def fault(answer: Answer, verdict: Verdict) -> str:
    """
    What is not as it must be: a phrase, or nothing.
    """
    if verdict.result != answer.result:
        return f"{verdict.result}, not {answer.result}\n{verdict}"
    hint = verdict.hint.key if verdict.hint else None
    if hint != answer.hint:
        return f"the hint {hint!r}, not {answer.hint!r}\n{verdict}"
    if answer.result == NOT_ATTEMPTED and not any(c.met is False for c in verdict.claims):
        return f"no claim fails\n{verdict}"
    return ""


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """
    Keep so many cores busy.
    """
    code = "while True:\n    sum(range(100_000))"
    burners = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def prove(answer: Answer, times: int) -> tuple[list[str], list[float]]:
    """
    Judge an answer so many times; return the faults found and the seconds taken.
    """
    faults, seconds = [], []
    for _ in range(times):
        began = time.monotonic()
        verdict = run_check(answer.lab, answer.folder)
        seconds.append(time.monotonic() - began)
        if found := fault(answer, verdict):
            faults.append(found)
    return faults, seconds


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove the exercises; print one table.")
    parser.add_argument("names", nargs="*", metavar="EXERCISE", help="by name; all, if none")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="judge N times")
    parser.add_argument("--busy", action="store_true", help="with two cores kept busy")
    arguments = parser.parse_args()
    chosen = [find(name) for name in arguments.names] or labs()
    every_fault = []
    with busy_cores(2 if arguments.busy else 0):
        print(f"{'exercise':<12} {'answer':<24} {'verdict':<14} {'hint':<24} as due  seconds")
        for answer in (answer for lab in chosen for answer in answers(lab)):
            faults, seconds = prove(answer, arguments.repeat)
            as_due = f"{arguments.repeat - len(faults)}/{arguments.repeat}"
            print(
                f"{answer.lab.name:<12} {answer.name:<24} {answer.result:<14} "
                f"{answer.hint or '':<24} {as_due:>6}"
                f"  {median(seconds):4.1f} ≤ {max(seconds):.1f}",
                flush=True,
            )
            every_fault += [f"{answer.lab.name}, {answer.name}: {fault}" for fault in faults]
    for found in every_fault:
        print(f"\n{found}")
    return 1 if every_fault else 0


if __name__ == "__main__":
    sys.exit(main())
