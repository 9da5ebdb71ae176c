"""
The answers of a class, judged again: what a check says counts, and not what a file says.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench._records import keep
from workbench.exercises.copies import open_work
from workbench.exercises.exercise import find
from workbench.exercises.hand_in import hand_in
from workbench.exercises.regrade import Regraded, regrade
from workbench.exercises.verdict import COULD_NOT_CHECK, FAIL, NOT_ATTEMPTED, PASS, Verdict

PROGRAM = Path(sys.executable).with_name("course")
PLAN = find("rotation-plan")


def submit(
    name: str, answer: str, recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Hand in an answer with a record that says what it says.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work" / name))
    open_work(PLAN).write_text(answer, encoding="utf-8")
    keep(Verdict(PLAN.path, PLAN.title, recorded, 1.0), PLAN.verdicts)
    (tmp_path / "class").mkdir(exist_ok=True)
    hand_in(name, tmp_path / "class")


def test_who_wrote_their_own_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    1. One hands in the solution and a PASS, one the solution and the FAIL before it, and one
       nothing of use and a PASS.
    2. The class is judged again, from archives and from what one of them was unpacked to.

    Result: each answer is judged once, and the last two differ; exit code 1.
    """
    solution = (PLAN.solution / PLAN.edit).read_text(encoding="utf-8")
    given = (PLAN.folder / PLAN.edit).read_text(encoding="utf-8")
    for name, answer, recorded in (
        ("ada", solution, PASS),
        ("grace", solution, FAIL),
        ("linus", f"{given}\nunused = 1\n", PASS),
    ):
        submit(name, answer, recorded, tmp_path, monkeypatch)
    with zipfile.ZipFile(tmp_path / "class" / "ada.zip") as archive:
        archive.extractall(tmp_path / "class" / "ada")

    said = subprocess.run(
        [PROGRAM, "regrade", tmp_path / "class"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    lines = [line.split(maxsplit=2) for line in said.stdout.splitlines()]
    assert [(who, exercise) for who, exercise, _ in lines[:3]] == [
        (name, PLAN.path) for name in ("ada", "grace", "linus")
    ]
    assert lines[0][2] == PASS
    assert lines[1][2] == f"{PASS}  ← recorded: {FAIL}"
    assert lines[2][2].endswith(f"← recorded: {PASS}")
    assert said.stdout.endswith("\n\nJudged again: 3. Differs: 2. Could not check: 0.\n")
    assert (said.returncode, said.stderr) == (1, "")


@pytest.mark.parametrize(
    ("recorded", "result", "differs"),
    [
        (PASS, PASS, False),
        (PASS, FAIL, True),
        (PASS, NOT_ATTEMPTED, True),
        (FAIL, PASS, True),
        ("no record", PASS, True),
        (FAIL, NOT_ATTEMPTED, False),
        (PASS, COULD_NOT_CHECK, False),
    ],
)
def test_what_differs(recorded: str, result: str, differs: bool) -> None:
    """
    A PASS on one side only; what could not be checked accuses nobody.
    """
    assert Regraded("ada", PLAN.path, recorded, result, "").differs == differs


@pytest.mark.parametrize("name", ["../../../../out.txt", "/out.txt"])
def test_an_archive_that_leads_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nothing is written beside the answer; it could not be checked, and it is said why.
    """
    submit("ada", "mine", PASS, tmp_path, monkeypatch)
    with zipfile.ZipFile(tmp_path / "class" / "ada.zip", "a") as archive:
        archive.writestr(f"answers/{PLAN.path}/{name}", "out")
    before = sorted(tmp_path.rglob("*"))

    (found,) = regrade(tmp_path / "class", [PLAN])

    assert (found.result, found.differs) == (COULD_NOT_CHECK, False)
    assert "leads out of it" in found.why
    assert sorted(tmp_path.rglob("*")) == before


def test_who_handed_in_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Records alone are nothing to judge, and neither is an answer to another exercise.
    """
    submit("ada", "mine", PASS, tmp_path, monkeypatch)
    keep(Verdict(PLAN.path, "A", PASS, 1.0), tmp_path / "class" / "ken" / ".verdicts" / "a")

    assert list(regrade(tmp_path / "class", [find("drain")])) == []
