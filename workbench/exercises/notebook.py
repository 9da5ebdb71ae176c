"""
An exercise in a notebook: its task, its check, its hints, its solution.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from IPython.display import Markdown, display

from workbench._plots import Load, plot_timeline
from workbench._source import show
from workbench.errors import WorkbenchError, refusal

from .copies import open_work, reset_work
from .exercise import COURSE, Lab, find, labs
from .run import run_check
from .verdict import COULD_NOT_CHECK, FAIL, Verdict, keep, kept, standing

ATTEMPTS_BEFORE_SOLUTION = 3


def exercise(name: str) -> "Exercise":
    """
    Show the task of an exercise and make the reader's copy of its files, if there is none.

        drain = exercise("drain")
        drain.check()

    Raises:
        WorkbenchError: There is no such exercise.

    The same from a terminal of JupyterLab: `course check drain`.
    """
    return Exercise(find(name))


class Exercise:
    """
    One exercise. Made by `exercise()`.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._hints_shown = 0
        try:
            open_work(lab)
        except OSError as error:  # the task can be read all the same
            print(refusal(error, lab.work))
        places = (f"work/{lab.path}/{name}" for name in lab.edits)
        # As links, which JupyterLab opens in an editor.
        links = " or ".join(f"[{place}]({os.path.relpath(COURSE / place)})" for place in places)
        _say(
            f"### {lab.title}\n\n{lab.task}\n"
            f"Edit {links} · about {lab.minutes} minutes"
            f" · {standing(kept(lab.verdicts))}"
        )

    def check(self, attempt: str | os.PathLike[str] | None = None) -> Verdict:
        """
        Start the reader's service, attack it, judge it; show the verdict and the run.

        It never raises: where nothing can be said about the service, the verdict says that.

        Args:
            attempt: A folder with another answer; its verdict is not kept.
        """
        verdict, before = judge(self._lab, attempt)
        if verdict.runs:
            plot_timeline(
                verdict.runs,
                title=f"{self._lab.title}: {verdict.result.lower()}",
                caption="Faint: your attempt before." if before else "",
                before=before,
            )
        return verdict

    def hint(self) -> None:
        """
        Show one more hint: first a question, then where to look, then which mechanism.
        """
        self._hints_shown = min(self._hints_shown + 1, len(self._lab.hints))
        number, of = self._hints_shown, len(self._lab.hints)
        _say(f"**Hint {number} of {of}.** {self._lab.hints[number - 1]}")

    def solution(self, *, force: bool = False) -> None:
        """
        Show the solution as a diff, once the check passed, or failed three times.

        Args:
            force: Show it anyway.
        """
        verdicts = kept(self._lab.verdicts)
        failed = sum(verdict.result == FAIL for verdict in verdicts)
        passed = any(verdict.passed for verdict in verdicts)
        if not (force or passed or failed >= ATTEMPTS_BEFORE_SOLUTION):
            left = ATTEMPTS_BEFORE_SOLUTION - failed
            print(
                f"The solution is shown after a PASS, or after {left} more failed"
                f" attempt{'s' if left > 1 else ''}; solution(force=True) shows it now."
            )
            return
        for name in self._lab.edits:
            show(self._lab.folder / name, self._lab.solution / name)

    def reset(self) -> None:
        """
        Begin anew with the lab's file; the old one is kept beside it.
        """
        print(reset(self._lab))

    def __repr__(self) -> str:
        return f"<Exercise {self._lab.name!r} {standing(kept(self._lab.verdicts))}>"


def progress() -> None:
    """
    Show where the reader stands in every exercise of the course.
    """
    _say(
        "\n".join(
            ["| chapter | exercise | minutes | |", "|:--|:--|--:|:--|"]
            + [
                f"| {lab.folder.parent.name} | {lab.name}: {lab.title} | {lab.minutes}"
                f" | {standing(kept(lab.verdicts))} |"
                for lab in labs()
            ]
        )
    )


def judge(
    lab: Lab, attempt: str | os.PathLike[str] | None = None
) -> tuple[Verdict, Mapping[str, Load]]:
    """
    Judge the reader's copy, or another attempt, and print the verdict; return it, and the runs
    before it.

    A verdict about the reader's copy is kept, once it is shown: that it cannot be kept takes
    nothing from it.
    """
    verdicts = [] if attempt else kept(lab.verdicts)
    try:
        if attempt is None:
            open_work(lab)
        verdict = run_check(lab, Path(attempt).resolve() if attempt else lab.work)
    except (WorkbenchError, OSError) as error:
        reason = refusal(error, lab.work) if isinstance(error, OSError) else f"{error}"
        verdict = Verdict(lab.path, lab.title, COULD_NOT_CHECK, 0.0, reason=reason)
    try:
        print(verdict, flush=True)
    finally:  # where nobody reads any more, too: `course check drain | head -n 1`
        if attempt is None:
            try:
                keep(verdict, lab.verdicts)
            except OSError as error:
                print(f"This verdict is not kept. {refusal(error, lab.verdicts)}")
    before = next((old.runs for old in reversed(verdicts) if old.runs), {})
    return verdict, before


def reset(lab: Lab) -> str:
    """
    Begin an exercise anew; return what was done.
    """
    kept_as = " and ".join(path.name for path in reset_work(lab))
    yours = f"; what you had is kept as {kept_as} in the same folder" if kept_as else ""
    return f"{lab.name} begins anew with the lab's {' and '.join(lab.edits)}{yours}."


def _say(text: str) -> None:
    display(Markdown(text))  # type: ignore[no-untyped-call]
