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
    A row for each learner, and for each exercise its result, attempts and minutes.
    """
    names = [each.exercise for each in summary.exercises]
    each_exercise = [
        column for name in names for column in (name, f"{name} attempts", f"{name} minutes")
    ]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*FIXED, *each_exercise])
    for row in summary.learners:
        cells: list[str | int] = [_cell(row.room), _cell(row.name), row.passed, row.tried]
        cells += [row.attempts, row.could_not_check, row.minutes, row.last]
        for name in names:
            if standing := row.exercises.get(name):
                cells += [standing.result, standing.attempts, standing.minutes]
            else:
                cells += ["", "", ""]
        table.writerow(cells)
    return text.getvalue().rstrip("\n")


def as_json(summary: Summary) -> str:
    """
    All of it.
    """
    text = json.dumps(asdict(summary), ensure_ascii=False, indent=1)
    return text.encode(errors="replace").decode()  # a file's name may be no text


def _cell(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(FORMULA) else shown
