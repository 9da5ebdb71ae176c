"""
What a reader does with an exercise, in a notebook and from a shell.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from toy_lab import SOLVED, UNTOUCHED, answer, toy_lab

import workbench._exercise
from workbench import exercise, progress
from workbench._children import HOME_MARK, poll
from workbench._exercise import Exercise, judge
from workbench._labs import (
    COURSE,
    Lab,
    assemble,
    find,
    labs,
    open_work,
    reset_work,
    untouched,
)
from workbench._traffic import Sample
from workbench._verdict import (
    COULD_NOT_CHECK,
    FAIL,
    NOT_ATTEMPTED,
    PASS,
    Claim,
    Hint,
    Run,
    Verdict,
    from_json,
    keep,
    kept,
    standing,
    to_json,
)
from workbench.errors import WorkbenchError

FAILED = Verdict("toy/toy", "Toy", FAIL, 1.0, claims=[Claim("It answers", met=False)])
PASSED = Verdict("toy/toy", "Toy", PASS, 1.0, claims=[Claim("It answers", met=True)])


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A reader's folder of our own.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    What the notebook would show as Markdown.
    """
    texts: list[str] = []

    def display(what: Any, **_options: Any) -> None:
        texts.append(what["text/markdown"] if isinstance(what, dict) else what.data)

    monkeypatch.setattr(workbench._exercise, "display", display)
    monkeypatch.setattr("workbench._source.display", display)
    monkeypatch.setattr(workbench._exercise, "plot_timeline", lambda *_, **__: None)
    return texts


@pytest.fixture
def toy(shown: list[str]) -> tuple[Lab, Exercise]:
    lab = toy_lab()
    return lab, Exercise(lab)


def shell(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        cwd=COURSE,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_an_exercise_shows_its_task_and_a_link_to_the_file(shown: list[str]) -> None:
    """
    The task, the file to edit as a link, the minutes, and where the reader stands.
    """
    exercise("drain")

    assert find("drain").task in shown[0]
    place = "work/01_graceful_shutdown/drain/service.py"
    assert f"[{place}]({os.path.relpath(COURSE / place)})" in shown[0]
    assert "about 20 minutes · not attempted" in shown[0]


def test_an_unknown_exercise_names_the_known_ones() -> None:
    """
    The message has every name that there is.
    """
    with pytest.raises(WorkbenchError, match=r"no exercise 'nothing'; there are: drain, "):
        exercise("nothing")


def test_a_readers_file_is_never_overwritten() -> None:
    """
    The reader's copy is made once, without the check and the hints.
    """
    lab = toy_lab()
    file = open_work(lab)
    file.write_text("mine", encoding="utf-8")

    open_work(lab)

    assert file.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in lab.work.iterdir()] == ["service.py"]


def test_a_reset_keeps_the_old_file() -> None:
    """
    Every changed file is kept under a number of its own; an unchanged one is not.
    """
    lab = toy_lab()
    file = open_work(lab)
    names = []
    for text in ("one", "two", UNTOUCHED):
        file.write_text(text, encoding="utf-8")
        kept_as = reset_work(lab)
        names.append([(path.name, path.read_text(encoding="utf-8")) for path in kept_as])

    assert names == [[("service.py.bak-1", "one")], [("service.py.bak-2", "two")], []]
    assert file.read_text(encoding="utf-8") == UNTOUCHED


def test_an_exercise_may_have_two_files_to_edit(tmp_path: Path) -> None:
    """
    Either is the reader's if there is one, else the lab's; a change in either is an attempt.
    """
    folder = answer(tmp_path / "lab", UNTOUCHED)
    (folder / "start.sh").write_text("serve", encoding="utf-8")
    lab = replace(toy_lab(), folder=folder, also=("start.sh",))
    attempt = tmp_path / "attempt"
    attempt.mkdir()
    (attempt / "start.sh").write_text("exec serve", encoding="utf-8")

    assemble(lab, attempt, tmp_path / "run")

    assert (tmp_path / "run" / "service.py").read_text(encoding="utf-8") == UNTOUCHED
    assert (tmp_path / "run" / "start.sh").read_text(encoding="utf-8") == "exec serve"
    assert not untouched(lab, attempt)


def test_hints_climb_and_stay_at_the_last(toy: tuple[Lab, Exercise], shown: list[str]) -> None:
    """
    Each call shows one more hint, and the last one again when there are no more.
    """
    for _ in range(4):
        toy[1].hint()

    assert [text.partition(".** ")[2] for text in shown[1:]] == [
        "What?",
        "Where?",
        "Which?",
        "Which?",
    ]


@pytest.mark.parametrize(
    ("verdicts", "force", "is_shown"),
    [
        ([], False, False),
        ([FAILED, FAILED], False, False),
        ([FAILED, FAILED, FAILED], False, True),
        ([PASSED], False, True),
        ([], True, True),
    ],
    ids=["at first", "after 2 failures", "after 3 failures", "after a pass", "forced"],
)
def test_the_solution_is_shown_when_it_no_longer_spoils(
    verdicts: list[Verdict], *, force: bool, is_shown: bool, shown: list[str]
) -> None:
    """
    After a PASS, after three failed attempts, or when it is insisted upon.
    """
    lab = find("drain")
    drain = exercise("drain")
    for verdict in verdicts:
        keep(verdict, lab.verdicts)

    drain.solution(force=force)

    assert ("write_down()  # after the last answer" in shown[-1]) is is_shown


def test_a_verdict_is_kept_and_read_again(tmp_path: Path) -> None:
    """
    What is written as JSON is read as it was; what another version wrote is passed over.
    """
    run = Run([Sample(0, 0.0, 0.1, 0.2, "ok", 200, "")], [(0.1, "SIGTERM")])
    verdict = Verdict(
        "toy/toy", "Toy", FAIL, 1.0, Claim("c", met=True), hint=Hint("k", "t"), runs={"a": run}
    )
    keep(verdict, tmp_path)
    (tmp_path / "0000.json").write_text('{"schema": 0}', encoding="utf-8")

    assert kept(tmp_path) == [verdict]
    assert from_json(json.loads(to_json(verdict))) == verdict


def test_where_the_reader_stands() -> None:
    """
    The best that was reached counts, and an untouched file is no attempt.
    """
    untouched = Verdict("toy/toy", "Toy", NOT_ATTEMPTED, 1.0)

    assert standing([untouched]) == "not attempted"
    assert standing([untouched, FAILED]) == "0 of 1 claims, 1 attempt"
    assert standing([FAILED, PASSED, FAILED]) == "passed, 3 attempts"


def test_progress_over_the_course(shown: list[str]) -> None:
    """
    A row for every exercise, in order.
    """
    keep(PASSED, find("readiness").verdicts)

    progress()

    rows = shown[0].splitlines()[2:]
    assert [row.split("|")[2].split(":")[0].strip() for row in rows] == [
        lab.name for lab in labs()
    ]
    assert "passed, 1 attempt" in rows[1]


def test_a_check_keeps_its_verdict_and_finds_the_attempt_before() -> None:
    """
    1. The reader's service is checked, and fails.
    2. It is repaired and checked again.

    Result: both verdicts are kept, and the second comes with the runs of the first.
    """
    lab = toy_lab()
    file = open_work(lab)
    file.write_text(UNTOUCHED.replace("500", "501"), encoding="utf-8")
    first, before_first = judge(lab)
    file.write_text(SOLVED, encoding="utf-8")
    second, before_second = judge(lab)

    assert [verdict.result for verdict in kept(lab.verdicts)] == [FAIL, PASS]
    assert before_first == {}
    assert before_second == first.runs
    assert second.runs["yours"].count("ok") == 5


def test_another_attempt_is_judged_and_not_kept(tmp_path: Path) -> None:
    """
    A folder with somebody else's answer leaves the reader's own record alone.
    """
    lab = toy_lab()
    verdict, before = judge(lab, answer(tmp_path / "theirs", SOLVED))

    assert (verdict.result, before, kept(lab.verdicts)) == (PASS, {}, [])


def test_check_never_raises(
    toy: tuple[Lab, Exercise], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where there is nothing to check the verdict says so, and Run all goes on.
    """
    verdict = toy[1].check(tmp_path / "nowhere")

    assert verdict.result == COULD_NOT_CHECK
    assert "There is no service.py in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda check: check.replace("answered == 0", "False"), "could not see the fault"),
        (lambda check: check.replace("import pytest", "import nothing"), "nothing"),
        (lambda check: check.replace("python service.py", "no-such-program"), "CannotStart"),
        (lambda check: check.replace("def judged(", "def judged(missing, "), "missing"),
    ],
    ids=["blind control", "broken import", "missing program", "missing fixture"],
)
def test_a_check_that_cannot_judge_says_so(
    change: Callable[[str], str], reason: str, tmp_path: Path
) -> None:
    """
    A control that sees no fault, or a broken check, is COULD NOT CHECK: never FAIL, nor PASS.
    """
    folder = tmp_path / "toy"
    folder.mkdir()
    for path in toy_lab().folder.iterdir():
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            (folder / path.name).write_text(
                change(text) if path.name == "check.py" else text, encoding="utf-8"
            )
    lab = Lab(folder, 1, "Toy", 1, "service.py", ("What?", "Where?", "Which?"))

    verdict, _ = judge(lab, answer(tmp_path / "solved", SOLVED))

    assert verdict.result == COULD_NOT_CHECK, str(verdict)
    assert reason in verdict.reason


def test_check_from_a_shell(tmp_path: Path) -> None:
    """
    0 for a pass, 1 for what was not attempted, 2 for what could not be checked; of several, a
    table at the end.
    """
    report = tmp_path / "verdicts.json"
    solution = find("entrypoint").solution

    passed = shell("check", "entrypoint", "--attempt", solution, "--json", report)

    assert passed.returncode == 0, passed
    assert passed.stdout.startswith("PASS  entrypoint")
    assert [entry["result"] for entry in json.loads(report.read_text())] == [PASS]
    both = shell("check", "entrypoint", "pipefail")
    assert both.returncode == 1
    assert [line.split("  ")[0] for line in both.stdout.splitlines()[-2:]] == [
        find("entrypoint").path,
        find("pipefail").path,
    ]
    assert shell("check", "entrypoint", "--attempt", tmp_path).returncode == 2
    assert shell("check", "nothing").returncode == 2
    assert shell("check", "--attempt", tmp_path).returncode == 2


def test_status_and_reset_from_a_shell(work: Path) -> None:
    """
    A line for every exercise; a reset that says what was kept.
    """
    (open_work(find("drain"))).write_text("mine", encoding="utf-8")

    status, reset = shell("status"), shell("reset", "drain")

    assert [line.split()[0] for line in status.stdout.splitlines()] == [
        lab.path for lab in labs()
    ]
    assert "kept as service.py.bak-1" in reset.stdout
    assert (work / find("drain").path / "service.py.bak-1").exists()


def test_doctor_says_what_is_there() -> None:
    """
    A line for each thing that the course needs or may use.
    """
    found = shell("doctor")

    marks = {line.partition(":")[0][2:]: line[0] for line in found.stdout.splitlines()}
    assert marks["Python"] == marks["work folder"] == marks["sh"] == "✓"
    assert set(marks) >= {"packages", "tini", "PID namespaces", "Docker", "a browser"}


def test_stop_ends_what_was_left_behind_and_nothing_else() -> None:
    """
    1. A process carries this checkout's mark, and no guard watches over it.
    2. Another one carries the mark of another checkout.

    Result: `stop` ends the first and names it; the second runs on.
    """
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    left, other = (
        subprocess.Popen(command, env=os.environ | {HOME_MARK: mark, "WORKBENCH_RUN": "gone"})
        for mark in (str(COURSE), "/elsewhere")
    )
    try:
        poll(lambda: "time.sleep" in " ".join(psutil.Process(left.pid).cmdline()), 5)
        stopped = shell("stop")

        assert f"ending pid {left.pid}" in stopped.stdout
        assert left.wait(5) == -15
        assert other.poll() is None
    finally:
        for process in (left, other):
            process.kill()
            process.wait()
