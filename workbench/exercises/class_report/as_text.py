"""
A report as a terminal shows it.
"""

from collections.abc import Iterable
from datetime import datetime
from textwrap import wrap

from workbench._records import printable
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, PASS

from .summary import Question, Standing, Summary

WIDTH = 96
LONGEST_BAR = 40
NEED = "Who needs help stands first: tried and not passed, little passed, long at it."
ON_CALL = ("incident", "learner", "result", "times", "found", "users well", "budget left")
LEGEND = "✓3 passed in 3 attempts · 3 attempts, no PASS · ? could not check · – not attempted"


def as_text(summary: Summary) -> str:
    """
    The class by exercise, by learner, in its own words, by prediction; what was passed over.
    """
    parts = [
        [counts(summary)],
        _by_exercise(summary),
        _by_learner(summary),
        _on_call(summary),
        _in_their_words(summary),
        *map(_question, summary.questions),
        [f"Not read: {path}" for path in summary.not_read],
        [f"Not of this course: {name}" for name in summary.not_of_this_course],
    ]
    return "\n\n".join("\n".join(map(printable, part)) for part in parts if part)


def local(moment: str) -> str:
    """
    A moment of a summary, by the clock of this machine.
    """
    if not moment:
        return "–"
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


def counts(summary: Summary) -> str:
    """
    How large it is, and since when, in a line.
    """
    learners, rooms = summary.learners, {each.room for each in summary.learners if each.room}
    parts = [f"{len(learners)} learner{'s' * (len(learners) != 1)}"]
    if rooms:
        parts[0] += f" in {len(rooms)} room{'s' * (len(rooms) != 1)}"
    parts.append(f"{len(summary.exercises)} of {summary.of} exercises tried")
    if summary.since:
        parts.append(f"since {local(summary.since)}")
    return " · ".join(parts)


def tries(standing: Standing) -> str:
    """
    How many attempts it took, or has taken so far.
    """
    return f"{standing.attempts} attempt{'s' * (standing.attempts != 1)}"


def _by_exercise(summary: Summary) -> list[str]:
    if not summary.exercises:
        return []
    width = max([len("exercise"), *(len(each.exercise) for each in summary.exercises)])
    lines = [f" no  {'exercise':<{width}}  passed  tried  could not check"]
    for number, row in enumerate(summary.exercises, start=1):
        of = f"{row.passed}/{len(summary.learners)}"
        counted = f"{of:>6}  {row.tried:>5}  {row.could_not_check or '':>15}"
        lines.append(f"{number:>3}  {row.exercise:<{width}}  {counted}".rstrip())
        for turn in row.commonest:
            said = f"{turn.learners} of {len(summary.learners)} learners: {turn.sentence}"
            lines += _indented(said, " " * 5)
    return lines


def _by_learner(summary: Summary) -> list[str]:
    width = max([len("learner"), *(len(printable(each.called)) for each in summary.learners)])
    names = [each.exercise for each in summary.exercises]
    cells = {
        each.called: [_cell(each.exercises.get(name)) for name in names]
        for each in summary.learners
    }
    columns = [
        max([len(f"{number}"), *(len(row[number - 1]) for row in cells.values())])
        for number in range(1, len(names) + 1)
    ]
    numbers = _row((f"{number}" for number in range(1, len(names) + 1)), columns)
    head = f"{'learner':<{width}}  passed  min  last              {numbers}".rstrip()
    lines = [NEED, LEGEND, "", head]
    for each in summary.learners:
        figures = f"{each.passed:>6}  {each.minutes:>3}  {local(each.last):<16}"
        row = (
            f"{printable(each.called):<{width}}  {figures}  {_row(cells[each.called], columns)}"
        )
        lines.append(row.rstrip())
        open_ones = (f"{_short(name)}: {_said(one)}" for name, one in each.open_ones.items())
        lines += _indented("; ".join(open_ones), " " * 4)
    return lines


def _indented(text: str, by: str) -> list[str]:
    return wrap(printable(text), WIDTH, initial_indent=by, subsequent_indent=by)


def _row(cells: Iterable[str], widths: Iterable[int]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _cell(standing: Standing | None) -> str:
    if standing is None:
        return "–"
    texts = {PASS: f"✓{standing.attempts}", FAIL: f"{standing.attempts}", COULD_NOT_CHECK: "?"}
    return texts.get(standing.result, "–")


def _said(standing: Standing) -> str:
    if standing.result == COULD_NOT_CHECK:
        return "could not check"
    said = f"{standing.met} of {standing.claims} claims, {tries(standing)}"
    return f"{said} in {standing.minutes} min" if standing.attempts > 1 else said


def seconds(number: float | None) -> str:
    return "never" if number is None else f"{number:.0f} s"


def _on_call(summary: Summary) -> list[str]:
    if not summary.incidents:
        return []
    rows = [
        (each.incident, printable(each.learner), each.result, f"{each.times}",
         seconds(each.found), seconds(each.recovered), f"{each.left} %")
        for each in summary.incidents
    ]  # fmt: skip
    table = [ON_CALL, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
    return ["on call, in seconds since the fault", *lines]


def _in_their_words(summary: Summary) -> list[str]:
    """
    Why it holds, each exercise's reasons together.
    """
    lines = [
        f"{_short(each.exercise)}, {each.learner}: {each.because}" for each in summary.reasons
    ]
    return ["why it holds, in their words", *lines] if lines else []


def _question(asked: Question) -> list[str]:
    width = max((len(printable(each.answer)) for each in asked.options), default=0)
    most = max((each.learners for each in asked.options), default=0)
    lines = [f"{asked.notebook}: {asked.question}"]
    for option in asked.options:
        mark = " ← measured" if option.measured else ""
        bar = "█" * (option.learners * LONGEST_BAR // max(most, LONGEST_BAR))
        answer = printable(option.answer)
        lines.append(f"  {answer:<{width}}  {option.learners:>3}  {bar}{mark}".rstrip())
    if asked.measured:
        lines.append(f"  measured: {' … '.join(asked.measured)}")
    return lines


def _short(exercise: str) -> str:
    return exercise.rpartition("/")[2]
