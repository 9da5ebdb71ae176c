"""
A report for other programs.
"""

import csv
import io
import json
from dataclasses import asdict

from workbench._records import printable

from .summary import Summary

FIXED = ("room", "learner", "passed", "tried", "attempts", "could not check", "minutes", "last")
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run


def as_csv(summary: Summary) -> str:
    """
    A row for each learner: for each exercise its result, attempts and minutes, and for each
    incident its result, the seconds until it was found and until users were well, and per cent
    of the budget that was left.
    """
    names = [each.exercise for each in summary.exercises]
    columns = [
        column for name in names for column in (name, f"{name} attempts", f"{name} minutes")
    ]
    incidents = sorted({each.incident for each in summary.incidents})
    columns += [
        column
        for name in incidents
        for column in (name, f"{name} found", f"{name} users well", f"{name} budget left")
    ]
    on_call = {(each.learner, each.incident): each for each in summary.incidents}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*FIXED, *columns])
    for row in summary.learners:
        cells: list[str | int] = [_cell(row.room), _cell(row.name), row.passed, row.tried]
        cells += [row.attempts, row.could_not_check, row.minutes, row.last]
        for name in names:
            if standing := row.exercises.get(name):
                cells += [standing.result, standing.attempts, standing.minutes]
            else:
                cells += ["", "", ""]
        for name in incidents:
            if one := on_call.get((row.called, name)):
                cells += [one.result, _number(one.found), _number(one.recovered), one.left]
            else:
                cells += ["", "", "", ""]
        table.writerow(cells)
    return text.getvalue().rstrip("\n")


def as_json(summary: Summary) -> str:
    """
    All of it.
    """
    text = json.dumps(asdict(summary), ensure_ascii=False, indent=1)
    return text.encode(errors="replace").decode()  # a file's name may be no text


def _number(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}"


def _cell(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(FORMULA) else shown
