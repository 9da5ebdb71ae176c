"""
The four proofs of every exercise, as one table.

    .venv/bin/python -m tools.proofs [EXERCISE …] [--repeat N] [--busy]

Untouched, it reads NOT ATTEMPTED and its claims fail; each known wrong answer fails with its
own hint; the solution passes, and so does every other right answer (tools/answers.py), and none
of them would be given a hint; and the same verdicts hold N times over, with both cores busy if
asked for. Below it stands, as it was counted last, what share of its solution's changes fails.
Exit code 0 if all of it is so.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tools import ROOT
from tools.answers import Answer, answers
from tools.mutants import shares
from tools.proven import Subject, named_in
from workbench.exercises.exercise import Exercise, exercises, find
from workbench.exercises.known import ANSWERS
from workbench.exercises.run import run_check
from workbench.exercises.verdict import NOT_ATTEMPTED, PASS, Verdict


def subject(exercise: Exercise) -> Subject:
    """
    An exercise and its known answers, as what is proved together.
    """
    solution = ROOT / "solutions" / exercise.path
    chapter = ROOT / "chapters" / exercise.folder.parent.name
    beside = named_in(exercise.folder, [ROOT / "stand_ins", *chapter.glob("*/")])
    judges = (Path(__file__), ROOT / "tools" / "answers.py")
    return Subject(
        name=exercise.path,
        proofs=tuple(answer.name for answer in answers(exercise)),
        own=(exercise.folder, solution, ANSWERS / exercise.path),
        rest=(*judges, *beside),
        sampled_with=exercise.path,
        rounds=3,
        programs=("kubectl",),
    )


def fault(answer: Answer, verdict: Verdict) -> str:
    """
    What is not as it must be: a phrase, or nothing.
    """
    if verdict.result != answer.result:
        return f"{verdict.result}, not {answer.result}\n{verdict}"
    hint = verdict.hint.key if verdict.hint else None
    if hint not in (answer.hints or (None,)):
        return f"the hint {hint!r}, not {' or '.join(answer.hints) or None}\n{verdict}"
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
    Judge an answer so many times, with seeds from 1 on; return the faults found and the
    seconds taken.
    """
    faults, seconds = [], []
    for seed in range(1, times + 1):
        began = time.monotonic()
        with answer.folder() as attempt:
            is_right = answer.result == PASS
            verdict = run_check(answer.exercise, attempt, seed=seed, is_right=is_right)
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
    chosen = [find(name) for name in arguments.names] or exercises()
    every_fault = []
    with busy_cores(2 if arguments.busy else 0):
        print(f"{'exercise':<12} {'answer':<24} {'verdict':<14} {'hint':<24} as due  seconds")
        for answer in (answer for exercise in chosen for answer in answers(exercise)):
            faults, seconds = prove(answer, arguments.repeat)
            as_due = f"{arguments.repeat - len(faults)}/{arguments.repeat}"
            print(
                f"{answer.exercise.name:<12} {answer.name:<24} {answer.result:<14} "
                f"{' or '.join(answer.hints):<24} {as_due:>6}"
                f"  {median(seconds):4.1f} ≤ {max(seconds):.1f}",
                flush=True,
            )
            every_fault += [
                f"{answer.exercise.name}, {answer.name}: {fault}" for fault in faults
            ]
    counted = shares.kept()
    for exercise in chosen:
        if exercise.path in counted:
            failed, of = counted[exercise.path]
            share = shares.percent(failed, of)
            print(f"{exercise.name:<12} of {of} changes of its solution {failed} fail: {share}")
    for found in every_fault:
        print(f"\n{found}")
    return 1 if every_fault else 0


if __name__ == "__main__":
    sys.exit(main())
