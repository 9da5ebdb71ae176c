"""
What a reader hands in: one file, whole or not at all, and in nobody else's place.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench._predictions import Prediction
from workbench._records import keep
from workbench._traffic import Run
from workbench.errors import WorkbenchError
from workbench.exercises.class_report import read_class, sum_up
from workbench.exercises.copies import open_work
from workbench.exercises.exercise import find
from workbench.exercises.hand_in import hand_in
from workbench.exercises.verdict import FAIL, PASS, Claim, Verdict
from workbench.incidents.report import Report

PROGRAM = Path(sys.executable).with_name("course")
DRAIN = find("drain")
LOST = "01_graceful_shutdown/1.1_what_gets_lost"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A reader's folder with an answer, two verdicts and a prediction; nobody's variables.
    """
    for name in ("COURSE_SUBMISSIONS", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    return sit_down(tmp_path / "work", monkeypatch)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """
    The folder of a class.
    """
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder


def sit_down(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_WORK", str(work))
    open_work(DRAIN).write_text("mine = True\n", encoding="utf-8")
    open_work(find("pool"))  # as it was given
    for result in (FAIL, PASS):
        claims = [Claim("all are answered", met=result == PASS)]
        runs = {"attempt": Run([], [(1.0, "SIGTERM")])}
        keep(Verdict(DRAIN.path, "A", result, 1.0, claims=claims, runs=runs), DRAIN.verdicts)
    keep(Prediction(LOST, "How many?", ["0", "8"], "8", "0"), work / ".predictions" / LOST)
    return work


def test_what_is_in_it(work: Path, shared: Path) -> None:
    """
    Records without their runs, and what a check would judge of what was changed; a report
    takes it as it is.
    """
    said = hand_in("ada")

    with zipfile.ZipFile(work / "ada.zip") as archive:
        names = archive.namelist()
        verdicts = json.loads(archive.read("verdicts.json"))
        mine = archive.read("answers/01_graceful_shutdown/drain/service.py")
    shutil.copy(work / "ada.zip", shared)
    (learner,) = sum_up(read_class(shared)).learners
    assert said.splitlines()[0] == "Handed in as ada: 1 answer, 2 verdicts, 1 prediction."
    assert re.search(r"ada\.zip \(\d+ kB\)\.\nSend this file", said)
    records = ["hand-in.json", "verdicts.json", "predictions.json", "incidents.json"]
    assert names[:4] == records
    assert {name.split("/")[2] for name in names[4:]} == {"drain"}
    assert [(each["result"], each["runs"]) for each in verdicts] == [(FAIL, {}), (PASS, {})]
    assert mine == b"mine = True\n"
    assert (learner.name, learner.passed, learner.attempts) == ("ada", 1, 2)


def test_incidents_are_handed_in(work: Path) -> None:
    """
    What became of a shop in an incident is told, and counted.
    """
    control = Claim("left alone, it burns", met=True)
    report = Report(
        incident="monday", was="a fault", seed=1, speed=1.0, result=PASS, seconds=60.0,
        budget=200, burnt=7, control=control,
    )  # fmt: skip
    keep(report, work / ".incidents")

    said = hand_in("ada")

    with zipfile.ZipFile(work / "ada.zip") as archive:
        (told,) = json.loads(archive.read("incidents.json"))
    assert "1 prediction, 1 incident." in said
    assert (told["incident"], told["burnt"]) == ("monday", 7)


def test_from_a_shell(shared: Path, tmp_path: Path) -> None:
    """
    In any folder, with the class's in the environment: exit code 0, and where it is.
    """
    said = subprocess.run(
        [PROGRAM, "hand-in", "--as", "Zoë 2"],
        cwd=tmp_path,
        env=os.environ | {"COURSE_SUBMISSIONS": str(shared)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines()[0].startswith("Handed in as Zoë 2: 1 answer, 2 verdicts")
    assert "submissions/Zoë 2.zip" in said.stdout.splitlines()[1]
    assert "Send this file" not in said.stdout
    assert [file.name for file in shared.iterdir()] == ["Zoë 2.zip"]


def test_twice(shared: Path) -> None:
    """
    The second replaces the first, says so, and has what came between.
    """
    hand_in("ada", shared)
    keep(Verdict(DRAIN.path, "A", PASS, 1.0), DRAIN.verdicts)

    said = hand_in("ada", shared)

    (learner,) = read_class(shared)
    assert re.search(r"\), in place of the one of \d{4}-\d\d-\d\d \d\d:\d\d\.", said)
    assert [file.name for file in shared.iterdir()] == ["ada.zip"]
    assert len(learner.attempts[DRAIN.path]) == 3


def test_the_name_of_a_reader(monkeypatch: pytest.MonkeyPatch, work: Path) -> None:
    """
    Their login's; on a hub, the hub's, whose containers all have one login.
    """
    monkeypatch.setenv("LOGNAME", "learner")
    hand_in()
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    hand_in()

    assert sorted(file.stem for file in work.glob("*.zip")) == ["grace", "learner"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "/ada", ".ada", "-ada", "a\nb", "ada.", "a\\b", "C:", "é" * 101],
)
def test_a_name_that_no_file_can_have(name: str, shared: Path) -> None:
    """
    It is refused in a sentence that says which can.
    """
    with pytest.raises(
        WorkbenchError, match=r"^Nothing was handed in: no .*--as NAME.*bytes\.$"
    ):
        hand_in(name, shared)

    assert list(shared.parent.rglob("*.zip")) == []


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_folder_that_is_not_there(
    how: str, shared: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A class's folder that is not mounted, or misspelt, is not made: nobody would look there.
    """
    shared.rmdir()
    monkeypatch.setenv("COURSE_SUBMISSIONS", str(shared) if how == "variable" else "")

    with pytest.raises(WorkbenchError, match=r"^Nothing was handed in: there is no folder"):
        hand_in("ada", shared if how == "option" else None)

    assert not shared.exists()
    assert list(work.glob("*.zip")) == []


def test_somebody_else_of_that_name(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    1. Two people log in as `learner`, and the first hands in.
    2. The second hands in, and then once more under another name.

    Result: the second is told, and the first one's file is as it was.
    """
    hand_in("learner", shared)
    first = (shared / "learner.zip").read_bytes()
    sit_down(tmp_path / "another", monkeypatch)

    with pytest.raises(WorkbenchError, match=r"from another work/ than yours.*--as NAME"):
        hand_in("learner", shared)
    hand_in("grace", shared)

    assert (shared / "learner.zip").read_bytes() == first
    assert sorted(file.name for file in shared.iterdir()) == ["grace.zip", "learner.zip"]


@pytest.mark.parametrize("text", ["", "notes", "PK\x03\x04"])
def test_what_is_no_hand_in_stays(text: str, shared: Path) -> None:
    """
    Another file of that name is nobody's to replace.
    """
    (shared / "ada.zip").write_text(text, encoding="utf-8")

    with pytest.raises(WorkbenchError, match="is there, and is no hand-in"):
        hand_in("ada", shared)

    assert (shared / "ada.zip").read_text(encoding="utf-8") == text


def test_a_full_disk(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What was handed in before is whole, and nothing half is beside it.
    """
    hand_in("ada", shared)
    before = (shared / "ada.zip").read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", refuse)
    with pytest.raises(WorkbenchError, match=r"^Nothing was handed in\. There is no room left"):
        hand_in("ada", shared)

    assert [file.name for file in shared.iterdir()] == ["ada.zip"]
    assert (shared / "ada.zip").read_bytes() == before


def test_an_answer_that_cannot_be_copied(shared: Path) -> None:
    """
    It is named with the reason, and the rest is handed in.
    """
    os.mkfifo(DRAIN.work / "pipe")

    said = hand_in("ada", shared)

    assert said.splitlines()[0] == "Handed in as ada: 0 answers, 2 verdicts, 1 prediction."
    assert re.search(r"\nWithout your answer to drain\. .*pipe is a pipe", said)


def test_nothing_to_hand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Who has only looked is told so, and no file is made.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "new"))
    open_work(DRAIN)

    with pytest.raises(WorkbenchError, match="nothing to hand in yet"):
        hand_in("ada")

    assert list(tmp_path.rglob("*.zip")) == []
