"""
An exercise in a notebook: its task, its check, its hints, its solution.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from workbench._display import say
from workbench._plots import plot_timeline
from workbench._records import keep, kept
from workbench._source import show
from workbench._traffic import Load
from workbench.errors import WorkbenchError, refusal

from .copies import open_work, reset_work
from .exercise import COURSE, Exercise, exercises, find
from .run import run_check
from .verdict import COULD_NOT_CHECK, FAIL, Verdict, standing

ATTEMPTS_BEFORE_SOLUTION = 3


def exercise(name: str) -> "ExerciseView":
    """
    Show the task of an exercise and make the reader's copy of its files, if there is none.

        drain = exercise("drain")
        drain.check()

    Raises:
        WorkbenchError: There is no such exercise.

    The same from a terminal of JupyterLab: `course check drain`.
    """
    return ExerciseView(find(name))


class ExerciseView:
    """
    One exercise. Made by `exercise()`.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._hints_shown = 0
        try:
            open_work(exercise)
        except OSError as error:  # the task can be read all the same
            print(refusal(error, exercise.work))
        places = (f"work/{exercise.path}/{name}" for name in exercise.edits)
        # As links, which JupyterLab opens in an editor.
        links = " or ".join(f"[{place}]({os.path.relpath(COURSE / place)})" for place in places)
        say(
            f"### {exercise.title}\n\n{exercise.task}\nAbout {exercise.minutes} minutes.",
            fixed=True,
        )
        # The reader's own: no link before there is a file, no standing but theirs.
        say(f"Edit {links} · {standing(kept(exercise.verdicts, Verdict))}", fixed=False)

    def check(
        self, attempt: str | os.PathLike[str] | None = None, *, seed: int | None = None
    ) -> Verdict:
        """
        Start the reader's service, attack it, judge it; show the verdict and the run.

        It never raises: where nothing can be said about the service, the verdict says that.

        Args:
            attempt: A folder with another answer; its verdict is not kept.
            seed: Of a verdict, to send again what it was about.
        """
        verdict, before = judge(self._exercise, attempt, seed=seed)
        if verdict.runs:
            plot_timeline(
                verdict.runs,
                title=f"{self._exercise.title}: {verdict.result.lower()}",
                caption="Faint: your attempt before." if before else "",
                before=before,
            )
        return verdict

    def hint(self) -> None:
        """
        Show one more hint: first a question, then where to look, then which mechanism.
        """
        self._hints_shown = min(self._hints_shown + 1, len(self._exercise.hints))
        number, of = self._hints_shown, len(self._exercise.hints)
        say(f"**Hint {number} of {of}.** {self._exercise.hints[number - 1]}", fixed=False)

    def solution(self, *, force: bool = False) -> None:
        """
        Show the solution as a diff, once the check passed, or failed three times.

        Args:
            force: Show it anyway.
        """
        verdicts = kept(self._exercise.verdicts, Verdict)
        failed = sum(verdict.result == FAIL for verdict in verdicts)
        passed = any(verdict.passed for verdict in verdicts)
        if not (force or passed or failed >= ATTEMPTS_BEFORE_SOLUTION):
            left = ATTEMPTS_BEFORE_SOLUTION - failed
            print(
                f"The solution is shown after a PASS, or after {left} more failed"
                f" attempt{'s' if left > 1 else ''}; solution(force=True) shows it now."
            )
            return
        for name in self._exercise.edits:
            show(self._exercise.folder / name, self._exercise.solution / name)

    def reset(self) -> None:
        """
        Begin anew with the given file; the old one is kept beside it.
        """
        print(reset(self._exercise))

    def __repr__(self) -> str:
        verdicts = kept(self._exercise.verdicts, Verdict)
        return f"<Exercise {self._exercise.name!r} {standing(verdicts)}>"


def progress() -> None:
    """
    Show where the reader stands in every exercise of the course.
    """
    say(
        "\n".join(
            ["| chapter | exercise | minutes | |", "|:--|:--|--:|:--|"]
            + [
                f"| {each.folder.parent.name} | {each.name}: {each.title} | {each.minutes}"
                f" | {standing(kept(each.verdicts, Verdict))} |"
                for each in exercises()
            ]
        ),
        fixed=False,
    )


def judge(
    exercise: Exercise,
    attempt: str | os.PathLike[str] | None = None,
    *,
    seed: int | None = None,
) -> tuple[Verdict, Mapping[str, Load]]:
    """
    Judge the reader's copy, or another attempt, and print the verdict; return it, and the runs
    before it.

    A verdict about the reader's copy is kept, once it is shown: that it cannot be kept takes
    nothing from it.
    """
    verdicts = [] if attempt else kept(exercise.verdicts, Verdict)
    try:
        if attempt is None:
            open_work(exercise)
        folder = Path(attempt).resolve() if attempt else exercise.work
        verdict = run_check(exercise, folder, seed=seed)
    except (WorkbenchError, OSError) as error:
        reason = refusal(error, exercise.work) if isinstance(error, OSError) else f"{error}"
        verdict = Verdict(exercise.path, exercise.title, COULD_NOT_CHECK, 0.0, reason=reason)
    try:
        print(verdict, flush=True)
    finally:  # where nobody reads any more, too: `course check drain | head -n 1`
        if attempt is None:
            try:
                keep(verdict, exercise.verdicts)
            except OSError as error:
                print(f"This verdict is not kept. {refusal(error, exercise.verdicts)}")
    before = next((old.runs for old in reversed(verdicts) if old.runs), {})
    return verdict, before


def reset(exercise: Exercise) -> str:
    """
    Begin an exercise anew; return what was done.
    """
    kept_as = " and ".join(path.name for path in reset_work(exercise))
    yours = f"; what you had is kept as {kept_as} in the same folder" if kept_as else ""
    return f"{exercise.name} begins anew with the given {' and '.join(exercise.edits)}{yours}."
