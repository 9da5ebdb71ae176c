"""
The workflow is run on five projects: tests that pass, that fail, that end in the middle, that
a signal ends, and one that passes against expectation.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from stand_ins import pipeline
from workbench import scratch
from workbench.checks import Hint, expect, patience

LINES = 5000  # that a test prints: more than a pipe holds
# Each run of a project's tests adds a line to the file $RUNS.
TESTS = f"""import atexit
import os
import unittest

atexit.register(print, "the terminal is free again")

with open(os.environ["RUNS"], "a") as runs:
    print("run", file=runs)


class Payments(unittest.TestCase):
    def test_accepted(self):
        for number in range(1, {LINES + 1}):
            print("card", number, "was accepted, and the bank has said so at some length")

    def test_refused(self):
        print("a payment FAILED (errors=1), as it should")
        print(r"100 % of them, %s or %d, in C:\\new\\tills")
        print("a receipt of", "one more coffee, " * 200, "and the sum of it all")

    @unittest.skip("no bank today")
    def test_slow_bank(self):
        pass

"""
LAST_TEST = {
    "pass": """    def test_total(self):
        self.assertEqual(2 + 2, 4)
""",
    "fail": """    def test_total(self):
        self.assertEqual(2 + 2, 5)
""",
    "end in the middle": """    def test_total(self):
        os._exit(5)
""",
    "be killed": """    def test_total(self):
        os.kill(os.getpid(), 9)
""",
    "pass unexpectedly": """    @unittest.expectedFailure
    def test_total(self):
        self.assertEqual(2 + 2, 4)
""",
}
EARLIER = "the report of an earlier push\n"  # lies there, where the runner is one's own
# What stands in a whole report. (What is printed and what unittest says come in any order, and
# who ends in the middle, or is ended, may lose what was printed.)
TESTS_OF_ALL = ("test_accepted", "test_refused", "test_slow_bank", "test_total")
PRINTED = (
    "card 1 was accepted",
    f"card {LINES} was accepted",
    "a payment FAILED (errors=1), as it should",
    r"100 % of them, %s or %d, in C:\new\tills",
    "and the sum of it all",  # at the end of a line of 3,000 letters
    "Ran 4 tests",
    "the terminal is free again",  # behind all that unittest says
)
SAYS = {
    "pass": (*TESTS_OF_ALL, *PRINTED, "OK (skipped=1)"),
    "fail": (*TESTS_OF_ALL, *PRINTED, "4 != 5", "FAILED (failures=1, skipped=1)"),
    "end in the middle": TESTS_OF_ALL,
    "be killed": TESTS_OF_ALL,
    "pass unexpectedly": (
        *TESTS_OF_ALL,
        *PRINTED,
        "FAILED (skipped=1, unexpected successes=1)",
    ),
}
PUSH_SECONDS = 20  # that the five pushes, side by side, may take


class Pushed(NamedTuple):
    """
    What a push has done: how the job ended, the report, and how often the tests ran.
    """

    job: str
    report: str | None  # none was handed in
    says: tuple[str, ...]  # if it is whole
    runs: int

    @property
    def whole(self) -> bool:
        return self.report is not None and all(said in self.report for said in self.says)

    def __str__(self) -> str:
        report = "no report" if self.report is None else "a part of the report"
        report = "the whole report" if self.whole else report
        return f"{self.job}, {report}, {self.runs} run{'s' * (self.runs != 1)}"


class Seen(NamedTuple):
    """
    What became of the five projects, and what the workflow says.
    """

    passing: Pushed
    failing: Pushed
    ending: Pushed
    killed: Pushed
    unexpected: Pushed
    text: str
    complaint: str  # why it is no workflow, if it is none

    @property
    def pushes(self) -> tuple[Pushed, ...]:
        return self.passing, self.failing, self.ending, self.killed, self.unexpected


def push(workflow: Path, tests: str, run: str) -> Pushed:
    """
    Commit a project with this workflow, and run it as a push would.
    """
    folder = scratch(f"check-pipefail-{run}-{tests.replace(' ', '-')}")
    for part in ("project", "reports"):
        (folder / part).mkdir()
    (folder / "runs").touch()
    report = folder / "reports" / "report.txt"
    if tests == "be killed":
        report.write_text(EARLIER, encoding="utf-8")
    tests_file = folder / "project" / "test_payments.py"
    tests_file.write_text(TESTS + LAST_TEST[tests], encoding="utf-8")
    repository = pipeline.new_repository(
        f"{folder.name}-repository", workflow, folder / "project"
    )
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "REPORTS": str(folder / "reports"),
        "RUNS": str(folder / "runs"),
    }
    outcome = pipeline.push(repository, env=env, timeout=PUSH_SECONDS * patience())
    said = report.read_text(encoding="utf-8", errors="replace") if report.exists() else EARLIER
    return Pushed(
        max(outcome.jobs.values(), key=["success", "skipped", "failure"].index),
        None if said == EARLIER else said,
        SAYS[tests],
        len((folder / "runs").read_text(encoding="utf-8").splitlines()),
    )


def complaint(workflow: Path) -> str:
    """
    What the schema of workflows has against it, if anything.
    """
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", "vendor.github-workflows", str(workflow)],
        check=False, capture_output=True, text=True, timeout=15 * patience(),
    )  # fmt: skip
    return done.stdout.strip().splitlines()[-1].strip() if done.returncode else ""


def look_at(workflow: Path) -> Seen:
    """
    Five pushes, side by side.
    """
    nothing = Pushed("not run", None, (), 0)
    text = workflow.read_text(encoding="utf-8")
    if found := complaint(workflow):
        return Seen(nothing, nothing, nothing, nothing, nothing, text, found)
    with ThreadPoolExecutor() as pool:
        try:
            pushes = pool.map(lambda tests: push(workflow, tests, "yours"), LAST_TEST)
            good, bad, ended, killed, unexpected = pushes
        except (RuntimeError, OSError, KeyError) as error:
            found = str(error).splitlines()[-1]
            return Seen(nothing, nothing, nothing, nothing, nothing, text, found)
    return Seen(good, bad, ended, killed, unexpected, text, "")


def explanations(seen: Seen) -> Iterator[Hint]:
    """
    All that explain what was seen, from cause to symptom.
    """
    if seen.complaint:
        yield Hint("no-workflow", f"It could not be run: {seen.complaint}")
    if (most := max(pushed.runs for pushed in seen.pushes)) > 1:
        yield Hint(
            "tests-run-again",
            f"One push has run the tests {most} times. Which of the runs is the report of, and "
            "what if the next one ends otherwise?",
        )
    green = seen.failing.job == "success"
    if green and re.search(r"continue-on-error|\|\|\s*(true|:|exit 0)", seen.text):
        yield Hint(
            "forgiven",
            "A test failed, and the job is green: somebody was told of the failure and forgave "
            "it. Which words in your workflow do that?",
        )
    if green:
        yield Hint(
            "pipe-hides-it",
            "A test failed, python ended with 1, and the job is green. Of which program is the "
            "exit code that the shell ended with?",
        )
    yield from of_words_and_codes(seen)
    yield from of_reports(seen)


def of_words_and_codes(seen: Seen) -> Iterator[Hint]:
    if seen.passing.job == "failure" and seen.passing.report and not seen.passing.whole:
        lines = len(seen.passing.report.splitlines())
        yield Hint(
            "stops-listening",
            f"All tests pass, and print {LINES} lines; the job is red, and the report has "
            f"{lines}. Who reads what the tests write, and what becomes of them when that one "
            "has read enough?",
        )
    if seen.passing.job == "failure":
        yield Hint(
            "believes-a-word",
            "All tests passed, python ended with 0, and the job is red. One of the tests "
            "prints the word FAILED. What has your step looked at?",
        )
    if seen.ending.job == "success":
        yield Hint(
            "believes-a-word",
            "The tests ended in the middle, python with 5, and the job is green. No line said "
            "that something had failed. What has your step looked at?",
        )
    if seen.killed.job == "success":
        yield Hint(
            "a-signal-is-no-code",
            "A signal ended the tests, and the job is green. What does your step get to know "
            "of a program that did not end by itself, and what of it counts as a failure?",
        )
    if seen.unexpected.job == "success":
        yield Hint(
            "counts-for-itself",
            "A test that is expected to fail has passed: unittest says FAILED, and the job is "
            "green. Who decides here what a failure is?",
        )


def of_reports(seen: Seen) -> Iterator[Hint]:
    if all(pushed.report is None for pushed in seen.pushes):
        yield Hint(
            "no-report",
            "No report is handed in, not even of tests that pass. Which of your lines "
            "writes it?",
        )
    if seen.passing.report is None:
        yield Hint(
            "no-report-of-passes",
            "A report is handed in when the tests fail, and none when they pass. When does "
            "that step run?",
        )
    if seen.failing.report is None:
        yield Hint(
            "no-report-of-failures",
            "A report is handed in when the tests pass, and none when they fail. Which steps "
            "run after one that has failed?",
        )
    if not seen.failing.whole:
        report = seen.failing.report or ""
        lacks = next((said for said in seen.failing.says if said not in report), "")
        yield Hint(
            "part-of-the-report",
            f"The report of the test that fails has {len(report.splitlines())} lines, and none "
            f"says `{lacks}`, which was written. Where to, and what becomes of it?",
        )
    if seen.killed.report is None:
        yield Hint(
            "earlier-report-stays",
            "The report of an earlier push lay in $REPORTS, and lies there still; of this push "
            "there is none. When does your step write one?",
        )


def diagnose(seen: Seen) -> Hint | None:
    return next(explanations(seen), None)


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched workflow is green when a test fails."""
    failing = push(untouched / "tests.yml", "fail", "untouched")

    expect(
        failing.job == "success" and failing.whole,
        done="a push of a project with a test that fails",
        expected="success, the whole report",
        seen=failing,
    )


@pytest.fixture(scope="module")
def seen(attempt: Path) -> Seen:
    return look_at(attempt / "tests.yml")


def test_passing(seen: Seen) -> None:
    """Green when the tests pass, whatever they print, with the whole report."""
    expect(
        seen.passing.job == "success" and seen.passing.whole and seen.passing.runs == 1,
        done=f"a push of a project whose tests pass, and print {LINES} lines; one has the word "
        "FAILED, one % and \\, one 3,000 letters",
        expected="success, the whole report, 1 run",
        seen=seen.passing,
        hint=diagnose(seen),
    )


def test_failing(seen: Seen) -> None:
    """Red when a test fails, with the whole report."""
    expect(
        seen.failing.job == "failure" and seen.failing.whole and seen.failing.runs == 1,
        done="a push of a project with a test that fails",
        expected="failure, the whole report, 1 run",
        seen=seen.failing,
        hint=diagnose(seen),
    )


def test_ending(seen: Seen) -> None:
    """Red when the tests end in the middle, with all that they had written."""
    expect(
        seen.ending.job == "failure" and seen.ending.whole and seen.ending.runs == 1,
        done="a push of a project whose tests end in the middle, with exit code 5",
        expected="failure, the whole report, 1 run",
        seen=seen.ending,
        hint=diagnose(seen),
    )


def test_killed(seen: Seen) -> None:
    """Red when a signal ends the tests, with all that they had written."""
    expect(
        seen.killed.job == "failure" and seen.killed.whole and seen.killed.runs == 1,
        done="a push of a project whose tests are ended by SIGKILL, as for want of memory; the "
        "report of an earlier push lay in $REPORTS",
        expected="failure, the whole report, 1 run",
        seen=seen.killed,
        hint=diagnose(seen),
    )


def test_unexpected(seen: Seen) -> None:
    """Red when a test passes that is expected to fail, with the whole report."""
    expect(
        seen.unexpected.job == "failure"
        and seen.unexpected.whole
        and seen.unexpected.runs == 1,
        done="a push of a project with a test that passes, and is expected to fail",
        expected="failure, the whole report, 1 run",
        seen=seen.unexpected,
        hint=diagnose(seen),
    )
