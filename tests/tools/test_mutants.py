"""
Single changes of the solutions: which are made, where, and what is said of those that pass.
"""

import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tools import quick
from tools.mutants import __main__ as program
from tools.mutants import plain, python, shares
from tools.mutants.change import Change, place_to_edit, within
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import Exercise, exercises, find
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, PASS

MUTANTS = {exercise.name: program.mutants(exercise) for exercise in exercises()}


def results(changes: Callable[[str], Iterator[Change]], text: str) -> dict[str, set[str]]:
    """
    By operator, what it makes of a text.
    """
    made: dict[str, set[str]] = {}
    for change in changes(textwrap.dedent(text)):
        changed = change.apply(textwrap.dedent(text))
        made.setdefault(change.operator, set()).add(changed)
    return made


@pytest.mark.parametrize(
    ("operator", "line", "expected"),
    [
        ("delete a statement", "lock.release()", {"pass"}),
        ("delete a statement", "job.state = 1", {"pass"}),
        ("a condition the other way round", "x if y else z", {"x if not (y) else z"}),
        ("a condition always true", "if a: b()", {"if True: b()"}),
        ("a condition always false", "while a: b()", {"while False: b()"}),
        ("an edge", "a < b", {"a <= b"}),
        ("an edge", "a >= b", {"a > b"}),
        ("and for or, or for and", "x = a and b", {"x = ((a) or (b))"}),
        ("drop an operand", "x = a or b", {"x = (a)", "x = (b)"}),
        ("a constant tenfold", "x = 5", {"x = 50"}),
        ("a constant tenfold", "x = 0", {"x = 10"}),
        ("a constant zero", "x = 0.5", {"x = 0"}),
        ("true for false, false for true", "x = True", {"x = False"}),
        ("drop a keyword argument", "f(a, b=c, d=e)", {"f(a, d=e)", "f(a, b=c)"}),
        ("drop a keyword argument", "f(b=c)", {"f()"}),
    ],
)  # fmt: skip
def test_a_line(operator: str, line: str, expected: set[str]) -> None:
    assert results(python.changes, line)[operator] == expected


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("drop an await", "    x = await f()\n", "    x = f()\n"),
        ("drop a with", "    async with f():\n        g()\n", "    if True:\n        g()\n"),
        ("return nothing", "    return g()\n", "    return None\n"),
        (
            "empty a finally",
            "    try:\n        f()\n    finally:\n        x = 1\n",
            "    try:\n        f()\n    finally:\n        pass\n",
        ),
        (
            "catch another exception",
            "    try:\n        f()\n    except OSError:\n        x = 1\n",
            "    try:\n        f()\n    except ZeroDivisionError:\n        x = 1\n",
        ),
        ("return early", "    f()\n    g()\n    x = 1\n", "    f()\n    g()\n    return\n"),
    ],
)
def test_a_function(operator: str, before: str, after: str) -> None:
    head = "async def job():\n"

    assert results(python.changes, head + before)[operator] == {head + after}


def test_what_is_no_behaviour_stays() -> None:
    text = '''
    """A docstring."""
    import os
    name: Literal[5]
    name = f"{5}"
    def f(x: Literal[5]) -> Literal[6]:
        """Another one."""
    '''

    assert results(python.changes, text) == {}


def test_columns_are_bytes_and_places_are_characters() -> None:
    assert results(python.changes, 'x = "≈", 5')["a constant tenfold"] == {'x = "≈", 50'}


def test_only_the_place_to_edit() -> None:
    text = "a = 1\n# --- yours from here\nb = 2\n# --- to here\nc = 3\n"

    changes = within(python.changes(text), place_to_edit(text))

    assert {change.apply(text).splitlines()[2] for change in changes} == {"b = 20", "b = 0"}


def test_the_steps_of_a_plan() -> None:
    made = results(plain.toml, "[[step]]\nkeys = [1, 2]\n\n[[step]]\nwait = 3\n")

    read = {name: [tomllib.loads(each) for each in texts] for name, texts in made.items()}
    one, other = {"keys": [1, 2]}, {"wait": 3}
    assert {"step": [one]} in read["drop a table"]
    assert {"step": [other]} in read["drop a table"]
    assert {"step": [one, one, other]} in read["double a table"]
    assert read["swap a table with the next"] == [{"step": [other, one]}]
    assert {"step": [{"keys": [2, 1]}, other]} in read["swap an item with the next"]
    assert {"step": [one, {"wait": 30}]} in read["a number tenfold"]


def test_the_entries_of_a_workflow() -> None:
    text = "on: push\nsteps:\n  - if: a\n    run: |\n      b\n      c\n  - run: d\n"

    made = results(plain.yaml_, text)

    read = {name: [yaml.safe_load(each) for each in texts] for name, texts in made.items()}
    one, other = {"if": "a", "run": "b\nc\n"}, {"run": "d"}
    steps = [each["steps"] for each in read["drop an entry"] if "steps" in each]
    assert [{"run": "b\nc\n"}, other] in steps
    assert [one] in [each["steps"] for each in read["drop a step"]]
    assert [other] in [each["steps"] for each in read["drop a step"]]
    assert [one, one, other] in [each["steps"] for each in read["double a step"]]
    assert [{"if": False, "run": "b\nc\n"}, other] in [
        each["steps"] for each in read["a condition always false"]
    ]
    assert [{"if": "a", "run": "c\n"}, other] in [each["steps"] for each in read["drop a line"]]


def test_the_name_of_a_step_is_for_who_reads() -> None:
    made = results(plain.yaml_, "steps:\n  - name: a\n    run: b\n")

    assert not any("name" not in each and "run" in each for each in made["drop an entry"])


def test_the_lines_of_a_script() -> None:
    made = results(
        plain.shell, "# exec is not dropped here\nif ! a; then\n  exit 1\nfi\nexec b\n"
    )

    assert [each.splitlines()[-1] for each in made["drop an exec"]] == ["b"]
    assert [each.splitlines()[1] for each in made["drop a not"]] == ["if a; then"]
    assert [each.splitlines()[2] for each in made["another status"]] == ["  exit 0"]
    assert all("fi\n" in each for each in made["drop a line"])  # else it is no script


@pytest.mark.parametrize("name", MUTANTS)
def test_each_has_a_name_of_its_own(name: str) -> None:
    said = [(mutant.file, mutant.what) for mutant in MUTANTS[name]]

    assert said
    assert len(set(said)) == len(said)
    assert all(mutant.diff() for mutant in MUTANTS[name])


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_what_is_allowed_is_in_the_solution_and_in_the_task(exercise: Exercise) -> None:
    assert set(program.may_pass(exercise).values()) <= {"allowed", "owed"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('task = "what no task says"', "does not say"),
        ('because = ""', "has no reason"),
        ('because = "nobody can tell"', "has no place for"),
    ],
)
def test_what_is_allowed_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, said: str
) -> None:
    drain = find("drain")
    file = tmp_path / drain.path / "allowed.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'[[change]]\nfile = "service.py"\nwhat = "nothing"\n{entry}\n')
    monkeypatch.setattr(program, "ANSWERS", tmp_path)

    with pytest.raises(WorkbenchError, match=said):
        program.may_pass(drain)


def test_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = MUTANTS["pool"][:6]
    pool = find("pool")
    file = tmp_path / pool.path / "allowed.toml"
    file.parent.mkdir(parents=True)
    entry = "[[{}]]\nfile = 'service.py'\nwhat = '''{}'''\n"
    file.write_text(
        entry.format("change", chosen[1].what)
        + 'because = "nobody can tell"\n'
        + entry.format("owed", chosen[4].what)
        + entry.format("owed", chosen[5].what)
    )
    monkeypatch.setattr(program, "ANSWERS", tmp_path)

    rows = program.report(chosen, [FAIL, PASS, PASS, COULD_NOT_CHECK, PASS, FAIL])

    *said, row = capsys.readouterr().out.splitlines()
    assert rows[pool.path][PASS] == 1
    assert program.counted(rows) == {}  # one could not be judged
    assert row.split()[1:] == ["6", "2", "1", "1", "1", "1", "40", "%"]
    assert not any(chosen[1].what in line or chosen[4].what in line for line in said)
    assert any(line.startswith("no longer owed") and chosen[5].what in line for line in said)
    assert any(line.startswith("PASS") and chosen[2].what in line for line in said)
    assert any(line.startswith(COULD_NOT_CHECK) for line in said)


def test_a_check_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The changes of a solution are seen by its check, and the share is kept beside the others'.
    """
    monkeypatch.setattr(shares, "FILE", tmp_path / "mutants.txt")
    monkeypatch.setattr("sys.argv", ["mutants", "gunicorn", "--jobs", "1"])
    shares.keep({"a": (3, 4), "01_graceful_shutdown/gunicorn": (0, 1)})

    assert program.main() == 0
    assert shares.kept() == {"a": (3, 4), "01_graceful_shutdown/gunicorn": (3, 3)}


@pytest.mark.parametrize(
    ("files", "judged"),
    [(["a notebook"], {"No exercise has changed."}), (["verify"], {"verify"})],
)
def test_what_was_touched(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: list[str],
    judged: set[str],
) -> None:
    """
    The changes of those exercises are judged that differ from the last commit, and no others.
    """
    monkeypatch.setattr(quick, "changed", lambda: files)
    monkeypatch.setattr(quick, "exercises", lambda found: [f for f in found if f == "verify"])
    monkeypatch.setattr("sys.argv", ["mutants", "--touched", "--list"])

    assert program.main() == 0
    assert {line.partition("/")[0] for line in capsys.readouterr().out.splitlines()} == judged
