"""
Judge the right answers of an exercise, round after round, while both cores are busy.

    .venv/bin/python -m tools.endure drain                  for two minutes
    .venv/bin/python -m tools.endure drain --minutes 30

Each round draws anew what is sent: what a check asks of a right answer may fail on one machine,
one moment, one seed of a thousand. A verdict that is no PASS is printed, with its seed.
Exit code 0 if there was none.
"""

import argparse
import sys
import time
from statistics import median

from tools.answers import Answer, answers
from tools.proofs import busy_cores, fault
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import find
from workbench.exercises.run import run_check
from workbench.exercises.verdict import PASS


def endure(right: list[Answer], seconds: float) -> tuple[list[float], list[str]]:
    """
    Judge them one after the other until the time is over, each once at least; return the
    seconds that each check took, and what was wrong.
    """
    over = time.monotonic() + seconds
    took: list[float] = []
    faults = []
    while len(took) < len(right) or time.monotonic() < over:
        answer = right[len(took) % len(right)]
        with answer.folder() as attempt:
            verdict = run_check(answer.exercise, attempt, is_right=True)
        took.append(verdict.seconds)
        if found := fault(answer, verdict):
            faults.append(f"{answer.name}: {found}")
    return took, faults


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge right answers again and again.")
    parser.add_argument("name", metavar="EXERCISE")
    parser.add_argument("--minutes", type=float, default=2)
    arguments = parser.parse_args()
    try:
        exercise = find(arguments.name)
    except WorkbenchError as error:
        parser.error(str(error))
    right = [answer for answer in answers(exercise) if answer.result == PASS]
    with busy_cores(2):
        took, faults = endure(right, 60 * arguments.minutes)
    for found in faults:
        print(f"{found}\n")
    print(
        f"{exercise.name}: {len(right)} right answers, judged {len(took)} times with both "
        f"cores busy; {len(faults)} false verdicts; a check took {median(took):.1f} s, "
        f"at worst {max(took):.1f} s"
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
