"""
What a reader has made with an earlier version of the course is theirs in this one.

`upgrade/work` is the `work/` of a reader of version 015e23f, left by its own commands: `drain`
failed, then passed; `entrypoint` failed, was reset, and was answered anew and not yet checked;
`breaker` was checked as it was; `parse-keys` was opened and left alone. Every later change of
the layout of `work/`, or of what a verdict says, passes these tests on that folder.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import workbench.exercises.notebook
from tools import ROOT
from workbench import exercise, progress
from workbench._records import kept
from workbench.exercises.class_report import as_text, read_class, sum_up
from workbench.exercises.exercise import exercises, find
from workbench.exercises.notebook import judge
from workbench.exercises.verdict import FAIL, NOT_ATTEMPTED, PASS, Verdict

LEFT = Path(__file__).with_name("upgrade") / "work"
DIGEST = "1ac35e036e2c9cce676861cc2f7d4fe62e9672f74174c0539a20ef1afbe2a0e6"
STANDINGS = {
    "drain": "passed, 2 attempts",
    "entrypoint": "2 of 3 claims, 1 attempt",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    That reader's folder, where this version looks for it.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    return shutil.copytree(LEFT, tmp_path / "work")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    What a notebook would show as Markdown.
    """
    texts: list[str] = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, **_: texts.append(data["text/markdown"])
    )
    return texts


def test_the_folder_is_the_one_that_was_left() -> None:
    """
    It is evidence: nobody makes it anew, or in a better form.
    """
    everything = hashlib.sha256()
    for name, content in contents(LEFT).items():
        everything.update(f"{name} {len(content)}\n".encode() + content)

    assert everything.hexdigest() == DIGEST


def test_where_the_reader_stands(work: Path, shown: list[str]) -> None:
    """
    `course status` and a notebook say what they said, and looking changes nothing.
    """
    program = Path(sys.executable).with_name("course")
    said = subprocess.run(
        [program, "status"], env=os.environ, capture_output=True, text=True, check=True
    )
    progress()

    (table,) = shown
    standings = [STANDINGS.get(exercise.name, "not attempted") for exercise in exercises()]
    assert [line.partition(" min  ")[2] for line in said.stdout.splitlines()] == standings
    assert [row.split(" | ")[-1].rstrip("| ") for row in table.splitlines()[2:]] == standings
    assert contents(work) == contents(LEFT)


def test_what_the_checks_have_said(work: Path) -> None:
    """
    Every verdict is read, with its claims, its hint and its run.
    """
    failed, passed = kept(find("drain").verdicts, Verdict)
    (untouched,) = kept(find("breaker").verdicts, Verdict)
    (halfway,) = kept(find("entrypoint").verdicts, Verdict)

    assert [verdict.result for verdict in (failed, passed, untouched, halfway)] == [
        FAIL,
        PASS,
        NOT_ATTEMPTED,
        FAIL,
    ]
    assert (failed.met, len(failed.claims)) == (4, 6)
    assert failed.hint is not None
    assert failed.hint.text in str(failed)
    assert [run.count("ok") for run in failed.runs.values()] == [0, 6, 6]


def test_an_exercise_that_is_opened_again(work: Path, shown: list[str]) -> None:
    """
    It shows where they stand and is not begun anew; an assistant is told how to help.
    """
    for name in ("drain", "entrypoint", "breaker", "parse-keys"):
        exercise(name)

    assert "passed, 2 attempts" in shown[1]  # beside the task
    assert contents(work).keys() - contents(LEFT).keys() == {"AGENTS.md"}
    assert contents(work).items() > contents(LEFT).items()


def test_a_reason_for_an_old_pass(work: Path, shown: list[str]) -> None:
    """
    Their PASS says why it holds, and is otherwise as it was.
    """
    exercise("drain").because("The lifespan comes after the drain.")

    old, new = (
        kept(folder / ".verdicts" / find("drain").path, Verdict) for folder in (LEFT, work)
    )
    assert new == [old[0], replace(old[1], because="The lifespan comes after the drain.")]


def test_the_next_check(work: Path) -> None:
    """
    It numbers on, and is drawn over the attempt before. (The task asks for more since then.)
    """
    exercise = find("drain")
    _, before = kept(exercise.verdicts, Verdict)

    verdict, runs_before = judge(exercise)

    assert verdict.result == FAIL
    assert runs_before == before.runs
    assert kept(exercise.verdicts, Verdict)[-1] == verdict
    new = contents(work).keys() - contents(LEFT).keys()
    assert new == {".verdicts/01_graceful_shutdown/drain/0003.json"}
    assert contents(work).items() > contents(LEFT).items()


def test_the_next_reset(work: Path) -> None:
    """
    It keeps their answer beside the one that was kept before.
    """
    exercise = find("entrypoint")
    workbench.exercises.notebook.reset(exercise)

    names = {name: f"{exercise.path}/{name}" for name in ("start.sh", "start.sh.bak-2")}
    left = contents(LEFT)
    given = (exercise.folder / "start.sh").read_bytes()
    answer = left[names["start.sh"]]
    assert contents(work) == left | {names["start.sh"]: given, names["start.sh.bak-2"]: answer}


def test_the_commands_of_an_update(tmp_path: Path) -> None:
    """
    1. A reader has a clone, an answer in it, and a run of a notebook.
    2. The course changes that notebook, and they type what the README says, up to `make lab`.
    3. They run it outside of JupyterLab, too, and it changes again: `git pull` is refused.
    4. They type what the README says of that, and go on as before.

    Result: they have the new notebook, their answer and their run.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    notebook = "chapters/00.ipynb"
    own = ("work/01_graceful_shutdown/drain/service.py", f"work/notebooks/{notebook}")

    def shell(line: str, folder: Path) -> int:
        who = "-c user.name=me -c user.email=me@localhost"
        script = f'set -e; git() {{ command git {who} "$@"; }}; {line}'
        mine = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}
        return subprocess.run(
            ["sh", "-c", script], cwd=folder, env=mine, check=False
        ).returncode

    for folder in ("chapters", "labs", "solutions"):
        (ours / folder).mkdir(parents=True)
        (ours / folder / "00.ipynb").write_text("first\n")
    shutil.copy(ROOT / ".gitignore", ours)
    assert shell("git init -q && git add . && git commit -qm first", ours) == 0
    assert shell("git clone -q ours theirs", tmp_path) == 0
    for path in own:
        (theirs / path).parent.mkdir(parents=True)
        (theirs / path).write_text("mine\n")

    (update,) = re.findall(r"```sh\n(git pull\n)make lab\n```", readme)
    (restore,) = re.findall(r"`(git restore [^`]+)`", readme)
    (ours / notebook).write_text("second\n")
    assert shell("git commit -qam second", ours) == 0
    assert shell(update, theirs) == 0
    assert (theirs / notebook).read_text() == "second\n"

    (theirs / notebook).write_text("run elsewhere\n")
    (ours / notebook).write_text("third\n")
    assert shell("git commit -qam third", ours) == 0
    assert shell(update, theirs) != 0
    assert shell(restore, theirs) == 0
    assert shell(update, theirs) == 0

    assert (theirs / notebook).read_text() == "third\n"
    assert [(theirs / path).read_text() for path in own] == ["mine\n"] * 2


def test_what_the_reader_hands_in(work: Path, tmp_path: Path) -> None:
    """
    Their verdicts count in the report of a class.
    """
    shutil.copytree(work / ".verdicts", tmp_path / "class" / "ada")

    said = as_text(sum_up(read_class(tmp_path / "class")))

    assert "Not read" not in said
    assert re.search(r"^ada +1 .*\n +entrypoint: 2 of 3 claims, 1 attempt$", said, re.MULTILINE)
