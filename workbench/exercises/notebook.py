"""
An exercise in a notebook: its task, its check, its hints, its solution.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from workbench._display import say, show_bundle
from workbench._plots import plot_timeline
from workbench._records import amend, keep, kept, kept_in, printable
from workbench._source import show_difference
from workbench._traffic import Load
from workbench.errors import WorkbenchError, refusal

from .as_html import as_html
from .copies import brief_assistants, open_work, reset_work
from .exercise import COURSE, Exercise, exercises, find
from .known import files, right_answers
from .run import run_check
from .verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, Verdict, standing

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
        self._hints_shown = self._others_shown = 0
        try:
            open_work(exercise)
            brief_assistants()
        except OSError as error:  # the task can be read all the same
            print(refusal(error, exercise.work))
        say(
            f"### {exercise.title}\n\n{exercise.task}\nAbout {exercise.minutes} minutes.",
            fixed=True,
        )
        # The reader's own: no link before there is a file, no standing but theirs.
        say(f"Edit {self._to_edit} · {standing(kept(exercise.verdicts, Verdict))}", fixed=False)

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
        verdict, before = judge(self._exercise, attempt, seed=seed, tell=_show)
        if verdict.runs:
            plot_timeline(
                verdict.runs,
                title=f"{self._exercise.title}: {verdict.result.lower()}",
                caption="Faint: your attempt before." if before else "",
                before=before,
            )
        if attempt is None:
            self._say_what_next(verdict)
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
        for name, text in files(self._exercise, self._exercise.solution).items():
            given = (self._exercise.folder / name).read_text(encoding="utf-8")
            show_difference(given, text, f"from {name}, as given, to the solution")

    def others(self) -> None:
        """
        Show, after a PASS, how somebody else solved it, as a diff from your answer; the next
        call shows the next one.
        """
        others = right_answers(self._exercise)
        if not self._passes():
            print("How others solved it is shown after a PASS: .check() first.")
        elif not others:
            print(
                f"This copy of the course has no other answer to {self._exercise.name}; "
                f"those that are known stand in tests/exercises/answers/{self._exercise.path}, "
                "where the course is developed."
            )
        else:
            other = others[self._others_shown % len(others)]
            self._others_shown += 1
            open_work(self._exercise)  # one that was deleted is as given
            for name, text in files(self._exercise, other).items():
                yours = (self._exercise.work / name).read_text("utf-8", errors="replace")
                title = f"from your {name} to another that passes, {_words(other.stem)}"
                show_difference(yours, text, title)

    def because(self, reason: str) -> None:
        """
        Keep with your last PASS, in a sentence of yours, why it holds now. Nobody judges it.

            drain.because("The server drains before the lifespan writes.")
        """
        passes = self._passes()
        if not passes:
            print("A reason is kept with a PASS, and there is none yet: .check() first.")
            return
        file, verdict = passes[-1]
        try:
            amend(replace(verdict, because=reason), file)
        except OSError as error:
            print(f"Your reason is not kept. {refusal(error, self._exercise.verdicts)}")
        else:
            print(f"Kept with your PASS of {verdict.when}: {printable(reason)}")

    def reset(self) -> None:
        """
        Begin anew with the given file; the old one is kept beside it.
        """
        print(reset(self._exercise))

    def __repr__(self) -> str:
        verdicts = kept(self._exercise.verdicts, Verdict)
        return f"<Exercise {self._exercise.name!r} {standing(verdicts)}>"

    def _passes(self) -> list[tuple[Path, Verdict]]:
        verdicts = kept_in(self._exercise.verdicts, Verdict)
        return [(file, verdict) for file, verdict in verdicts if verdict.passed]

    @property
    def _to_edit(self) -> str:
        places = (f"work/{self._exercise.path}/{name}" for name in self._exercise.edits)
        return " or ".join(map(_link, places))

    def _say_what_next(self, verdict: Verdict) -> None:
        if verdict.passed:
            every = exercises()
            done = sum(any(v.passed for v in kept(each.verdicts, Verdict)) for each in every)
            chapter = self._exercise.folder.parent.name
            solutions = _link(f"solutions/{chapter}/solutions.ipynb")
            say(
                '**Next:** say in a sentence why it holds now: `.because("…")`. '
                f"Then compare it with {solutions}, section {self._exercise.number}, "
                "and see how others solved it: `.others()`.\n\n"
                f"You have passed {done} of {len(every)} exercises.",
                fixed=False,
            )
        elif verdict.result in (FAIL, NOT_ATTEMPTED):
            say(f"**Next:** edit {self._to_edit}, and check again.", fixed=False)


def progress() -> None:
    """
    Show where the reader stands: in a lab in the exercises of its chapter, elsewhere in all.
    """
    here = [each for each in exercises() if each.folder.parent == Path.cwd()]
    say(
        "\n".join(
            ["| chapter | exercise | minutes | |", "|:--|:--|--:|:--|"]
            + [
                f"| {each.folder.parent.name} | {each.name}: {each.title} | {each.minutes}"
                f" | {standing(kept(each.verdicts, Verdict))} |"
                for each in here or exercises()
            ]
        ),
        fixed=False,
    )


def print_verdict(verdict: Verdict) -> None:
    """
    Print a verdict; in a terminal, no wider than that.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(verdict.text(width), flush=True)


def judge(
    exercise: Exercise,
    attempt: str | os.PathLike[str] | None = None,
    *,
    seed: int | None = None,
    tell: Callable[[Verdict], None] = print_verdict,
) -> tuple[Verdict, Mapping[str, Load]]:
    """
    Judge the reader's copy, or another attempt, and tell the verdict; return it, and the runs
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
        tell(verdict)
    finally:  # where nobody reads any more, too: `course check drain | head -n 1`
        if attempt is None:
            try:
                keep(verdict, exercise.verdicts)
            except OSError as error:
                print(f"This verdict is not kept. {refusal(error, exercise.verdicts)}")
    before = next((old.runs for old in reversed(verdicts) if old.runs), {})
    return verdict, before


def _show(verdict: Verdict) -> None:
    show_bundle({"text/html": as_html(verdict), "text/plain": str(verdict)}, fixed=False)


def _link(place: str) -> str:
    """
    To a file of the course, which JupyterLab opens in a tab of its own.
    """
    return f"[{place}]({os.path.relpath(COURSE / place)})"


def _words(name: str) -> str:
    return f"“{name.replace('_', ' ')}”"


def reset(exercise: Exercise) -> str:
    """
    Begin an exercise anew; return what was done.
    """
    kept_as = " and ".join(path.name for path in reset_work(exercise))
    yours = f"; what you had is kept as {kept_as} in the same folder" if kept_as else ""
    return f"{exercise.name} begins anew with the given {' and '.join(exercise.edits)}{yours}."
