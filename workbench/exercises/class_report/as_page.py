"""
A report as one page of HTML, for a projector.

It holds all that it needs and asks nobody for more: no script, no font, no picture. What has no
names in it comes first, so that a room may look at it.
"""

from collections.abc import Iterable
from html import escape

from workbench._display import BLUE, GREEN, RED, YELLOW
from workbench._records import printable
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS

from .as_text import NEED, ON_CALL, counts, local, seconds, tries
from .summary import ExerciseRow, LearnerRow, Question, Standing, Summary

CLASSES = {PASS: "pass", FAIL: "fail", NOT_ATTEMPTED: "not", COULD_NOT_CHECK: "could-not"}
HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<title>A class</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 20px/1.4 system-ui, sans-serif; margin: 1.5rem; }}
h1 {{ font-size: 1.5em; }} h2 {{ font-size: 1.25em; margin-top: 2em; }}
h3 {{ font-size: 1em; margin-bottom: 0.3em; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: 0.25em 0.6em; border-bottom: 1px solid #8886; }}
th, td {{ vertical-align: top; }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.wide {{ overflow-x: auto; }}
.wide th:first-child {{ position: sticky; left: 0; background: Canvas; }}
.pass {{ background: {GREEN}; }} .fail {{ background: {RED}; }}
.could-not {{ background: {YELLOW}; }} .measured {{ background: {BLUE}; }}
.cell {{ text-align: center; }} .cell small {{ white-space: nowrap; }}
.bar {{ display: inline-block; height: 0.8em; background: currentColor; }}
small {{ display: block; font-weight: normal; }}
</style>
</head>
<body>"""


def as_page(summary: Summary) -> str:
    """
    By exercise, by prediction, by learner, in their words; what was passed over.
    """
    parts = [
        HEAD,
        f"<h1>{_text(counts(summary))}</h1>",
        *_exercises(summary),
        *_questions(summary.questions),
        *_learners(summary),
        *_on_call(summary),
        *_reasons(summary),
        *_list("Not read", summary.not_read),
        *_list("Not of this course", summary.not_of_this_course),
        "</body>\n</html>",
    ]
    return "\n".join(parts).encode(errors="replace").decode()


def _exercises(summary: Summary) -> Iterable[str]:
    if not summary.exercises:
        return
    yield "<h2>By exercise</h2>\n<table>"
    yield _head("exercise", "passed", "tried", "could not check", "the commonest hint")
    for row in summary.exercises:
        yield _exercise(row, len(summary.learners))
    yield "</table>"


def _exercise(row: ExerciseRow, learners: int) -> str:
    turns = "".join(
        f"<small>{turn.learners} of {learners}: {_text(turn.sentence)}</small>"
        for turn in row.commonest
    )
    chapter, _, name = row.exercise.partition("/")
    numbers = (f"{row.passed} of {learners}", f"{row.tried}", f"{row.could_not_check or ''}")
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    title = f"<small>{_text(row.title)} · {_text(chapter)}</small>"
    return f"<tr><th>{_text(name)}{title}</th>{cells}<td>{turns}</td></tr>"


def _questions(questions: list[Question]) -> Iterable[str]:
    if questions:
        yield "<h2>What was predicted</h2>"
    for asked in questions:
        yield f"<h3>{_text(asked.notebook)}: {_text(asked.question)}</h3>\n<table>"
        most = max((each.learners for each in asked.options), default=0) or 1
        for option in asked.options:
            mark = ' class="measured"' if option.measured else ""
            said = " ← measured" if option.measured else ""
            bar = f'<span class="bar" style="width:{20 * option.learners / most:.1f}em"></span>'
            yield (
                f"<tr{mark}><th>{_text(option.answer)}</th>"
                f'<td class="number">{option.learners}</td><td>{bar}{said}</td></tr>'
            )
        yield "</table>"
        if asked.measured:
            yield f"<p>Measured: {_text(' … '.join(asked.measured))}</p>"


def _learners(summary: Summary) -> Iterable[str]:
    names = [each.exercise for each in summary.exercises]
    short = [name.rpartition("/")[2] for name in names]
    yield f'<h2>By learner</h2>\n<p>{NEED}</p>\n<div class="wide"><table>'
    yield _head("learner", "passed", "minutes", "last", *short)
    for row in summary.learners:
        yield _learner(row, names)
    yield "</table></div>"


def _learner(row: LearnerRow, names: list[str]) -> str:
    figures = (f"{row.passed}", f"{row.minutes}", local(row.last))
    cells = [f'<td class="number">{figure}</td>' for figure in figures]
    cells += [_cell(row.exercises.get(name)) for name in names]
    return f"<tr><th>{_text(row.called)}</th>{''.join(cells)}</tr>"


def _cell(standing: Standing | None) -> str:
    if standing is None or standing.result == NOT_ATTEMPTED:
        return '<td class="cell">–</td>'
    small = []
    if standing.result == FAIL:
        small.append(f"{standing.met} of {standing.claims} claims")
    if standing.attempts:
        small.append(f"{tries(standing)} in {standing.minutes} min")
    lines = "".join(f"<small>{line}</small>" for line in small)
    return f'<td class="cell {CLASSES[standing.result]}">{standing.result}{lines}</td>'


def _on_call(summary: Summary) -> Iterable[str]:
    if not summary.incidents:
        return
    yield "<h2>On call</h2>\n<p>Seconds since the fault.</p>\n<table>"
    yield _head(*ON_CALL)
    for row in summary.incidents:
        figures = (f"{row.times}", seconds(row.found), seconds(row.recovered), f"{row.left} %")
        cells = "".join(f'<td class="number">{figure}</td>' for figure in figures)
        result = f'<td class="{CLASSES[row.result]}">{row.result}</td>'
        yield (
            f"<tr><th>{_text(row.incident)}</th><td>{_text(row.learner)}</td>{result}{cells}</tr>"
        )
    yield "</table>"


def _reasons(summary: Summary) -> Iterable[str]:
    said = [
        f"{each.exercise.rpartition('/')[2]}, {each.learner}: {each.because}"
        for each in summary.reasons
    ]
    return _list("Why it holds, in their words", said)


def _list(title: str, lines: list[str]) -> Iterable[str]:
    if lines:
        yield f"<h2>{title}</h2>\n<ul>"
        yield from (f"<li>{_text(line)}</li>" for line in lines)
        yield "</ul>"


def _head(*columns: str) -> str:
    return f"<tr>{''.join(f'<th>{_text(each)}</th>' for each in columns)}</tr>"


def _text(text: str) -> str:
    return escape(printable(text))
