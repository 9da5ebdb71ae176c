"""
What a reader does with an exercise, in a notebook and from a shell.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import workbench.exercises.known
import workbench.exercises.notebook
from tests.exercises.toy_exercise import SOLVED, UNTOUCHED, answer, toy_exercise
from workbench import Sample, exercise, progress
from workbench._command import course
from workbench._records import keep, kept, set_aside, to_json
from workbench._surroundings import HOME_MARK
from workbench._traffic import Run
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.exercises.copies import assemble, open_work, reset_work, untouched
from workbench.exercises.exercise import COURSE, Exercise, exercises, find
from workbench.exercises.messages import Hint
from workbench.exercises.notebook import ExerciseView, judge
from workbench.exercises.run import run_check
from workbench.exercises.verdict import (
    COULD_NOT_CHECK,
    FAIL,
    NOT_ATTEMPTED,
    PASS,
    Claim,
    Verdict,
    standing,
)

pytestmark = pytest.mark.kept_with(
    "tests/exercises/toy_exercise.py", "tests/exercises/toy", "labs", "solutions", "stand_ins"
)

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
    What the notebook would show.
    """
    texts: list[str] = []

    def display(data: dict[str, str], **_: object) -> None:
        texts.append(data.get("text/markdown") or data["text/html"])

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr(workbench.exercises.notebook, "plot_timeline", lambda *_, **__: None)
    return texts


@pytest.fixture
def toy(shown: list[str]) -> tuple[Exercise, ExerciseView]:
    """
    A small exercise, whose task was shown before.
    """
    exercise = toy_exercise()
    view = ExerciseView(exercise)
    shown.clear()
    return exercise, view


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
    The task and its minutes; then what is the reader's: the file to edit, and where they stand.
    """
    exercise("drain")

    task, own = shown
    assert find("drain").task in task
    assert "About 25 minutes." in task
    place = "work/01_graceful_shutdown/drain/service.py"
    assert own == f"Edit [{place}]({os.path.relpath(COURSE / place)}) · not attempted"


def test_an_unknown_exercise_names_the_known_ones() -> None:
    """
    The message has every name that there is.
    """
    with pytest.raises(WorkbenchError, match=r"no exercise 'nothing'; there are: drain, "):
        exercise("nothing")


def test_a_seed_repeats_what_was_sent(tmp_path: Path) -> None:
    """
    1. Two verdicts, each drawn anew, are about different requests, and say from which seed.
    2. With the seed of the first, a third is about the same as the first.

    Result: what a reader was judged by, they can look at again.
    """
    attempt = answer(tmp_path / "attempt", UNTOUCHED)
    first, other = (judge(toy_exercise(), attempt)[0] for _ in range(2))

    again = judge(toy_exercise(), attempt, seed=first.seed)[0]

    assert first.seed != other.seed
    assert first.claims[0].done != other.claims[0].done
    assert again.claims == first.claims
    assert f"--seed {first.seed}`" in str(first)


def test_no_hint_may_be_left_where_nothing_is_wrong(tmp_path: Path) -> None:
    """
    A check whose last hint has no condition can't judge an answer that is known to be right.
    """
    folder = shutil.copytree(toy_exercise().folder, tmp_path / "toy")
    check = (folder / "check.py").read_text(encoding="utf-8")
    unconditional = check.replace("if not seen.ended:", "if True:")
    (folder / "check.py").write_text(unconditional, encoding="utf-8")
    exercise = replace(toy_exercise(), folder=folder)
    attempt = answer(tmp_path / "attempt", SOLVED)

    verdicts = [run_check(exercise, attempt, is_right=is_right) for is_right in (True, False)]

    assert check != unconditional
    assert [verdict.result for verdict in verdicts] == [COULD_NOT_CHECK, PASS]
    assert "nothing is wrong, and the hint would be 'ends'" in verdicts[0].reason
    assert run_check(toy_exercise(), attempt, is_right=True).result == PASS


def test_a_request_without_an_answer_is_the_services_failure(tmp_path: Path) -> None:
    """
    A check that asks by httpx, and gets no answer, has not failed itself: the request is named.
    """
    folder = shutil.copytree(toy_exercise().folder, tmp_path / "toy")
    check = (folder / "check.py").read_text(encoding="utf-8")
    asks = "    with service:\n        httpx.get(f'{service.url}/work', timeout=1)\n"
    asking = check.replace("    with service:\n", asks).replace(
        "pytest\n", "pytest, httpx\n", 1
    )
    (folder / "check.py").write_text(asking, encoding="utf-8")
    silent = SOLVED.replace(
        "self.send_response",
        "while self.path == '/work':\n            pass\n        self.send_response",
        1,
    )

    verdict = run_check(replace(toy_exercise(), folder=folder), answer(tmp_path / "a", silent))

    assert verdict.result == FAIL
    assert verdict.hint
    assert verdict.hint.key == "unanswered"
    assert "did not answer GET /work" in verdict.hint.text


def test_a_check_that_draws_nothing_has_no_seed() -> None:
    """
    A seed that changes nothing is not shown.
    """
    assert "seed" not in str(FAILED)


def test_a_readers_file_is_never_overwritten() -> None:
    """
    The reader's copy is made once, without the check and the hints.
    """
    exercise = toy_exercise()
    file = open_work(exercise)
    file.write_text("mine", encoding="utf-8")

    open_work(exercise)

    assert file.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in exercise.work.iterdir()] == ["service.py"]


def test_what_is_ours_is_in_no_copy(tmp_path: Path) -> None:
    """
    What only the engine reads is neither given to the reader nor taken from an answer.
    """
    ours = ("check.py", "exercise.toml", "hints.toml", "check_model.py", "task.md")
    folder = answer(tmp_path / "exercise", UNTOUCHED)
    exercise = replace(toy_exercise(), folder=folder)
    for name in ours:
        (folder / name).write_text("ours", encoding="utf-8")

    open_work(exercise)
    copied = [path.name for path in exercise.work.iterdir()]
    for name in ours:
        (exercise.work / name).write_text("theirs", encoding="utf-8")
    assemble(exercise, exercise.work, tmp_path / "run")

    assert copied == [path.name for path in (tmp_path / "run").iterdir()] == ["service.py"]


def test_a_reset_keeps_the_old_file() -> None:
    """
    Every changed file is kept under a number of its own; an unchanged one is not.
    """
    exercise = toy_exercise()
    file = open_work(exercise)
    names = []
    for text in ("one", "two", UNTOUCHED):
        file.write_text(text, encoding="utf-8")
        kept_as = reset_work(exercise)
        names.append([(path.name, path.read_text(encoding="utf-8")) for path in kept_as])

    assert names == [[("service.py.bak-1", "one")], [("service.py.bak-2", "two")], []]
    assert file.read_text(encoding="utf-8") == UNTOUCHED


def test_a_reset_keeps_what_was_written_beside_the_answer(tmp_path: Path) -> None:
    """
    A comment in the answer, and a change of a file that is only given, are kept as well.
    """
    folder = answer(tmp_path / "exercise", UNTOUCHED)
    (folder / "customers.py").write_text("given", encoding="utf-8")
    exercise = replace(toy_exercise(), folder=folder)
    file = open_work(exercise)
    file.write_text(f"{UNTOUCHED}# Where is the handler?\n", encoding="utf-8")
    file.with_name("customers.py").write_text("with a print", encoding="utf-8")

    kept_as = {path.name: path.read_text(encoding="utf-8") for path in reset_work(exercise)}

    assert kept_as == {
        "customers.py.bak-1": "with a print",
        "service.py.bak-1": f"{UNTOUCHED}# Where is the handler?\n",
    }
    assert file.with_name("customers.py").read_text(encoding="utf-8") == "given"


def test_an_exercise_may_have_two_files_to_edit(tmp_path: Path) -> None:
    """
    Either is the reader's if there is one, else as given; a change in either is an attempt.
    """
    folder = answer(tmp_path / "exercise", UNTOUCHED)
    (folder / "start.sh").write_text("serve", encoding="utf-8")
    exercise = replace(toy_exercise(), folder=folder, also=("start.sh",))
    attempt = tmp_path / "attempt"
    attempt.mkdir()
    (attempt / "start.sh").write_text("exec serve", encoding="utf-8")

    assemble(exercise, attempt, tmp_path / "run")

    assert (tmp_path / "run" / "service.py").read_text(encoding="utf-8") == UNTOUCHED
    assert (tmp_path / "run" / "start.sh").read_text(encoding="utf-8") == "exec serve"
    assert not untouched(exercise, attempt)


def test_hints_climb_and_stay_at_the_last(
    toy: tuple[Exercise, ExerciseView], shown: list[str]
) -> None:
    """
    Each call shows one more hint, and the last one again when there are no more.
    """
    for _ in range(4):
        toy[1].hint()

    assert [text.partition(".** ")[2] for text in shown] == [
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
    drain = exercise("drain")
    for verdict in verdicts:
        keep(verdict, find("drain").verdicts)

    drain.solution(force=force)

    assert ("what was accepted is in the file" in shown[-1]) is is_shown


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The right answers to the toy: one that says 201 to everything, and one in a thread.
    """
    folder = tmp_path / "answers" / toy_exercise().path / "right"
    folder.mkdir(parents=True)
    (folder / "always_201.py").write_text(SOLVED.replace("200", "201"), encoding="utf-8")
    (folder / "in_a_thread.py").write_text(f"import threading\n{SOLVED}", encoding="utf-8")
    monkeypatch.setattr(workbench.exercises.known, "ANSWERS", tmp_path / "answers")
    return folder


def test_other_answers_after_a_pass(
    toy: tuple[Exercise, ExerciseView],
    known: Path,
    shown: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    1. Before a PASS they are asked for, and after it three times.

    Result: a sentence at first; then one after the other, as a diff from the reader's own, and
    the first one again.
    """
    exercise, view = toy
    (exercise.work / "service.py").write_text(SOLVED, encoding="utf-8")
    view.others()
    assert capsys.readouterr().out == (
        "How others solved it is shown after a PASS: .check() first.\n"
    )
    assert shown == []
    keep(PASSED, exercise.verdicts)

    for _ in range(3):
        view.others()

    first, second, again = shown
    assert "from your service.py to another that passes, “always 201”" in first
    assert "+import threading" in second
    assert "201" not in second
    assert again == first


def test_other_answers_that_are_not_here(
    toy: tuple[Exercise, ExerciseView], known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where the course is without them, it says where they are.
    """
    shutil.rmtree(known)
    keep(PASSED, toy[0].verdicts)

    toy[1].others()

    assert "stand in tests/exercises/answers/exercises/toy, where" in capsys.readouterr().out


@pytest.mark.parametrize("exercise", exercises(), ids=lambda each: each.name)
def test_every_exercise_has_another_answer(exercise: Exercise, shown: list[str]) -> None:
    """
    After a PASS there is one to look at, and it is not the solution.
    """
    open_work(exercise)
    for name in exercise.edits:
        shutil.copy(exercise.solution / name, exercise.work)
    keep(PASSED, exercise.verdicts)

    view = ExerciseView(exercise)
    shown.clear()

    view.others()

    assert any("(no difference)" not in text for text in shown)


def test_a_reason_is_kept_with_the_last_pass(
    toy: tuple[Exercise, ExerciseView], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    1. The reader gives a reason before their first PASS, and after their second.

    Result: a sentence at first; then the verdict has it, the others are as they were, and it is
    no further attempt.
    """
    exercise, view = toy
    view.because("It ends.")
    assert capsys.readouterr().out == (
        "A reason is kept with a PASS, and there is none yet: .check() first.\n"
    )
    verdicts = [PASSED, PASSED, FAILED]
    for verdict in verdicts:
        keep(verdict, exercise.verdicts)

    view.because("It answers, and then it ends.")

    assert kept(exercise.verdicts, Verdict) == [
        PASSED,
        replace(PASSED, because="It answers, and then it ends."),
        FAILED,
    ]
    assert "Kept with your PASS of" in capsys.readouterr().out
    assert standing(kept(exercise.verdicts, Verdict)) == "passed, 3 attempts"


def test_a_reason_that_cannot_be_kept_takes_nothing(
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shown: object,
) -> None:
    """
    On a full disk there is a sentence, and the PASS is as it was.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(small))
    view = ExerciseView(toy_exercise())
    keep(PASSED, toy_exercise().verdicts)
    fill(small)

    view.because("It ends. " * 1000)

    assert capsys.readouterr().out.startswith("Your reason is not kept. There is no room left")
    assert kept(toy_exercise().verdicts, Verdict) == [PASSED]
    assert len(list(toy_exercise().verdicts.iterdir())) == 1


def test_an_assistant_is_told_once_how_to_help(work: Path, shown: list[str]) -> None:
    """
    `work/AGENTS.md` forbids the solutions; what the reader makes of it stays.
    """
    exercise("drain")
    file = work / "AGENTS.md"
    assert "open `solutions/`" in file.read_text(encoding="utf-8")
    file.write_text("mine", encoding="utf-8")

    exercise("drain")

    assert file.read_text(encoding="utf-8") == "mine"


def test_a_verdict_is_kept_and_read_again(tmp_path: Path) -> None:
    """
    What is written as JSON is read as it was.
    """
    run = Run([Sample(0, 0.0, 0.1, 0.2, "ok", 200, "")], [(0.1, "SIGTERM")])
    verdict = Verdict(
        "toy/toy", "Toy", FAIL, 1.0, Claim("c", met=True), hint=Hint("k", "t"), runs={"a": run}
    )

    assert [keep(verdict, tmp_path).name for _ in range(2)] == ["0001.json", "0002.json"]
    assert kept(tmp_path, Verdict) == [verdict, verdict]


NO_VERDICTS = {
    "empty": b"",
    "half": to_json(FAILED).encode()[:100],
    "binary": bytes(range(256)),
    "null": b"null",
    "a name": b'{"schema": 1}',
    "wrong type": to_json(FAILED).replace('"met": false', '"met": "no"').encode(),
    "deep": b"[" * 100_000,
}


def spoil(folder: Path) -> list[Path]:
    """
    Put everything into a folder of verdicts that is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"000{number}.json" for number in range(2, 2 + len(NO_VERDICTS))]
    for file, content in zip(files, NO_VERDICTS.values(), strict=True):
        file.write_bytes(content)
    (folder / "0009.json").mkdir()
    return [*files, folder / "0009.json"]


def test_what_is_no_verdict_is_named_once_and_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Whatever stands in a folder of verdicts, those that can be read are read.
    """
    keep(FAILED, tmp_path)
    files = spoil(tmp_path)
    newer = tmp_path / "newer.json"
    newer.write_text('{"schema": 2}', encoding="utf-8")

    assert kept(tmp_path, Verdict) == kept(tmp_path, Verdict) == [FAILED]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[2] for line in lines] == [str(file) for file in [*files, newer]]
    assert f"{files[0]} is empty. `{course('doctor')}` sets it aside." in lines[0]
    assert lines[-1].endswith("was written by another version of the course.")


def test_no_verdict_breaks_an_exercise(
    toy: tuple[Exercise, ExerciseView], shown: list[str]
) -> None:
    """
    With spoilt verdicts of an exercise, all that reads them goes on; `doctor` mends it.

    1. status, progress, exercise and check are called.
    2. `doctor` is called, twice.

    Result: the first time it sets aside what is no verdict, the second time there is nothing.
    """
    entrypoint = find("entrypoint")
    files = spoil(entrypoint.verdicts)
    spoil(toy[0].verdicts)

    progress()
    exercise("entrypoint")
    verdict = toy[1].check()
    assert verdict.result == NOT_ATTEMPTED
    assert kept(toy[0].verdicts, Verdict) == [verdict]
    status = shell("status")
    assert status.returncode == 0
    assert len(status.stderr.splitlines()) == len(files)

    first, second = shell("doctor"), shell("doctor")

    assert f"· records: no record, so set aside: {files[0]} is now 0002.json" in first.stdout
    assert "✓ records: all can be read" in second.stdout
    assert all(file.with_name(f"{file.name}.unreadable").exists() for file in files)


def test_what_is_set_aside_replaces_nothing(tmp_path: Path) -> None:
    """
    Nothing is deleted or overwritten, and another version's verdict stays where it is.
    """
    (tmp_path / "0001.json").write_text("old", encoding="utf-8")
    set_aside(tmp_path, Verdict)
    (tmp_path / "0001.json").write_text("new", encoding="utf-8")
    (tmp_path / "0002.json").write_text('{"schema": 2}', encoding="utf-8")
    set_aside(tmp_path, Verdict)

    assert {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()} == {
        "0001.json.unreadable": "old",
        "0001.json.unreadable1": "new",
        "0002.json": '{"schema": 2}',
    }


def test_no_verdict_replaces_another(tmp_path: Path) -> None:
    """
    Eight checks that end at once keep eight verdicts, after those that were there.
    """
    keep(FAILED, tmp_path).rename(tmp_path / "0041.json")
    together = threading.Barrier(8)

    def end() -> None:
        together.wait()
        for _ in range(25):
            keep(PASSED, tmp_path)

    threads = [threading.Thread(target=end) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert kept(tmp_path, Verdict) == [FAILED] + 200 * [PASSED]
    assert len(list(tmp_path.iterdir())) == 201


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """
    A disk of 64 KB.
    """
    disk = tmp_path / "small"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "workbench", str(disk)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("to mount a small disk takes root on Linux")
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, *, but: int = 0) -> None:
    """
    Leave so many bytes free.
    """
    with pytest.raises(OSError, match="No space left"), (disk / "full").open("wb") as full:
        while True:
            full.write(b"x" * 4096)
            full.flush()
    os.truncate(disk / "full", (disk / "full").stat().st_size - but)


def test_a_verdict_that_cannot_be_kept_is_shown(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    On a full disk there is the whole verdict, and one line about it; nothing half is left.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(small))
    exercise = toy_exercise()
    open_work(exercise).write_text(SOLVED, encoding="utf-8")
    exercise.verdicts.mkdir(parents=True)
    fill(small)

    verdict, _ = judge(exercise)

    said = capsys.readouterr().out
    assert verdict.result == PASS
    assert said.startswith(str(verdict))
    assert said.splitlines()[-1] == (
        f"This verdict is not kept. There is no room left in {exercise.verdicts}: "
        "free some, and do it again."
    )
    assert list(exercise.verdicts.iterdir()) == []


def test_a_verdict_that_may_not_be_kept_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Where the folder of verdicts cannot be made, the verdict and its result are as ever.
    """
    exercise = toy_exercise()
    open_work(exercise).write_text(SOLVED, encoding="utf-8")
    (exercise.verdicts.parents[1]).write_text("no folder", encoding="utf-8")

    verdict, _ = judge(exercise)

    assert verdict.result == PASS
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("This verdict is not kept. ")
    assert str(exercise.verdicts.parents[1]) in last


def test_a_full_work_folder_gets_no_half_files(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    1. The disk of the reader's copies is full; the exercise is shown, and checked.
    2. There is room again.

    Result: a sentence each time, and then the reader has the whole file.
    """
    monkeypatch.setenv("WORKBENCH_WORK", str(small))
    exercise = toy_exercise()
    exercise.work.mkdir(parents=True)
    fill(small)

    toy = ExerciseView(exercise)
    verdict = toy.check()
    (small / "full").unlink()

    sentence = f"There is no room left in {exercise.work}: free some, and do it again."
    assert capsys.readouterr().out.splitlines()[0] == sentence
    assert (verdict.result, verdict.reason) == (COULD_NOT_CHECK, sentence)
    assert open_work(exercise).read_text(encoding="utf-8") == UNTOUCHED


@pytest.mark.parametrize("left", [0, 8192, 20480])
def test_a_check_without_room_says_so(
    left: int, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Wherever in a check the disk is full, for the copy or later, the verdict names the folder.
    """
    monkeypatch.setattr("tempfile.tempdir", str(small))
    monkeypatch.setenv("TMPDIR", str(small))
    fill(small, but=left)

    verdict, _ = judge(toy_exercise(), answer(tmp_path / "broken", "raise SystemExit(3)"))

    assert verdict.result == COULD_NOT_CHECK, str(verdict)
    assert verdict.reason.startswith(f"There is no room left in {small}")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda file: file.symlink_to("nowhere"), "is a link that leads to no file"),
        (lambda file: file.symlink_to(file), "is a link that leads to no file"),
        (lambda file: file.symlink_to(file.parent), "is a link to a folder"),
        (os.mkfifo, "is a pipe"),
        (os.mkdir, "is a folder"),
    ],
    ids=["dangling", "to itself", "to a folder", "pipe", "folder"],
)
def test_what_is_no_file_gets_a_sentence(
    make: Callable[[Path], None], what: str, tmp_path: Path
) -> None:
    """
    Which file, what it is, what to do: in one line.
    """
    folder = tmp_path / "attempt"
    folder.mkdir()
    make(folder / "service.py")

    verdict, _ = judge(toy_exercise(), folder)

    assert verdict.result == COULD_NOT_CHECK
    assert verdict.reason == (
        f"{folder / 'service.py'} {what}"
        + (", a socket or a device" if what == "is a pipe" else "")
        + " (put the file itself there, or remove it), so your answer cannot be checked."
    )


@pytest.mark.parametrize("name", ["service.py", "."])
def test_what_may_not_be_read_gets_a_sentence(name: str) -> None:
    """
    A file or a folder without its rights is named, with the command that gives them.
    """
    script = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from tests.exercises.toy_exercise import toy_exercise
from workbench.exercises.copies import assemble
from workbench.errors import WorkbenchError
if os.geteuid() == 0:  # root may read everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    assemble(toy_exercise(), Path(sys.argv[1]), Path(sys.argv[1]).parent / "run")
except WorkbenchError as error:
    print(error)
"""
    with tempfile.TemporaryDirectory() as place:
        folder = answer(Path(place, "attempt"), SOLVED)
        if os.geteuid() == 0:
            for path in (place, folder, folder / "service.py"):
                os.chown(path, 65534, 65534)
        (folder / name).chmod(0)
        said = subprocess.run(
            [sys.executable, "-c", script, folder], capture_output=True, text=True, check=True
        ).stdout
        (folder / name).chmod(0o700)

    assert len(said.splitlines()) == 1
    assert said.startswith(str(folder / name))
    assert "`chmod u+r" in said


@pytest.mark.parametrize(("files", "size"), [(1, 30 << 20), (1001, 1)])
def test_too_much_for_an_answer_is_not_copied(files: int, size: int, tmp_path: Path) -> None:
    """
    The limit is said, and where it was met.
    """
    folder = answer(tmp_path / "attempt", SOLVED)
    (folder / "data").mkdir()
    for number in range(files):
        with (folder / "data" / f"{number:04}.bin").open("wb") as file:
            file.truncate(size)

    verdict, _ = judge(toy_exercise(), folder)

    assert verdict.result == COULD_NOT_CHECK
    assert "at most 20 MB and 1000 files" in verdict.reason


def test_what_a_reader_keeps_beside_an_answer_is_no_part_of_it(tmp_path: Path) -> None:
    """
    Their .env, .git, an editor's lock, a backup and caches are not copied; their modules are.
    """
    folder = answer(tmp_path / "attempt", SOLVED)
    (folder / ".#service.py").symlink_to("ada@host.1234")
    for name in (".git", "__pycache__", ".ipynb_checkpoints", "package"):
        (folder / name).mkdir()
        (folder / name / "file").touch()
    (folder / "package" / "__pycache__").mkdir()
    for name in (".env", ".DS_Store", "service.py.bak-1", "helper.py", "check.py"):
        (folder / name).touch()

    assemble(toy_exercise(), folder, tmp_path / "run")

    copied = {str(path.relative_to(tmp_path / "run")) for path in (tmp_path / "run").rglob("*")}
    assert copied == {"service.py", "helper.py", "package", "package/file"}


def test_a_dot_file_to_edit_is_part_of_an_answer(tmp_path: Path) -> None:
    """
    Where the exercise has it edited, it is the reader's.
    """
    exercise = replace(toy_exercise(), also=(".env",))
    folder = answer(tmp_path / "attempt", SOLVED)
    (folder / ".env").write_text("PORT=1", encoding="utf-8")

    assemble(exercise, folder, tmp_path / "run")

    assert (tmp_path / "run" / ".env").read_text(encoding="utf-8") == "PORT=1"


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
        exercise.name for exercise in exercises()
    ]
    assert "passed, 1 attempt" in rows[1]


def test_progress_in_a_lab(shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Beside the notebook of a chapter's exercises stand those of the chapter.
    """
    monkeypatch.chdir(COURSE / "labs" / "02_configuration")

    progress()

    rows = shown[0].splitlines()[2:]
    assert [row.split("|")[2].split(":")[0].strip() for row in rows] == [
        "settings",
        "fail-fast",
        "origin",
    ]


def test_what_comes_next(
    toy: tuple[Exercise, ExerciseView], tmp_path: Path, shown: list[str]
) -> None:
    """
    1. The reader checks the file as it is, a broken one, and a repaired one; then another's.

    Result: below the verdict stands where to edit, or what to read and how far they are; below
    a verdict on another's answer, nothing.
    """
    exercise, view = toy
    seen = []
    for text in (UNTOUCHED, UNTOUCHED.replace("500", "501"), SOLVED):
        (exercise.work / "service.py").write_text(text, encoding="utf-8")
        view.check()
        seen.append(shown[-1])
    view.check(answer(tmp_path / "theirs", SOLVED))

    place = "work/exercises/toy/service.py"
    edit = f"**Next:** edit [{place}]({os.path.relpath(COURSE / place)}), and check again."
    assert seen[:2] == [edit, edit]
    assert "solutions/exercises/solutions.ipynb" in seen[2]
    assert seen[2].endswith(
        f"You have passed 0 of {len(exercises())} exercises."
    )  # the toy is none
    assert ">PASS</strong>" in shown[-1]


def test_a_check_keeps_its_verdict_and_finds_the_attempt_before() -> None:
    """
    1. The reader's service is checked, and fails.
    2. It is repaired and checked again.

    Result: both verdicts are kept, and the second comes with the runs of the first.
    """
    exercise = toy_exercise()
    file = open_work(exercise)
    file.write_text(UNTOUCHED.replace("500", "501"), encoding="utf-8")
    first, before_first = judge(exercise)
    file.write_text(SOLVED, encoding="utf-8")
    second, before_second = judge(exercise)

    assert [verdict.result for verdict in kept(exercise.verdicts, Verdict)] == [FAIL, PASS]
    assert before_first == {}
    assert before_second == first.runs
    assert second.runs["yours"].count("ok") == 5


def test_another_attempt_is_judged_and_not_kept(tmp_path: Path) -> None:
    """
    A folder with somebody else's answer leaves the reader's own record alone.
    """
    exercise = toy_exercise()
    verdict, before = judge(exercise, answer(tmp_path / "theirs", SOLVED))

    assert (verdict.result, before, kept(exercise.verdicts, Verdict)) == (PASS, {}, [])


def test_check_never_raises(
    toy: tuple[Exercise, ExerciseView], tmp_path: Path, shown: list[str]
) -> None:
    """
    Where there is nothing to check the verdict says so, and Run all goes on.
    """
    verdict = toy[1].check(tmp_path / "nowhere")

    assert verdict.result == COULD_NOT_CHECK
    assert "There is no service.py in" in shown[-1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda check: check.replace("answered, 0", "answered, -1"), "could not see the fault"),
        (lambda check: check.replace("import pytest", "import nothing"), "nothing"),
        (lambda check: check.replace("python service.py", "no-such-program"), "CannotStart"),
        (lambda check: check.replace("def seen(", "def seen(missing, "), "missing"),
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
    for path in toy_exercise().folder.iterdir():
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            (folder / path.name).write_text(
                change(text) if path.name == "check.py" else text, encoding="utf-8"
            )
    exercise = Exercise(folder, 1, "Toy", 1, "service.py", ("What?", "Where?", "Which?"))

    verdict, _ = judge(exercise, answer(tmp_path / "solved", SOLVED))

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
    assert "solutions" not in passed.stdout  # it is another's answer
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
        exercise.path for exercise in exercises()
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
        wait_until(lambda: "time.sleep" in " ".join(psutil.Process(left.pid).cmdline()), 5)
        stopped = shell("stop")

        assert f"ending pid {left.pid}" in stopped.stdout
        assert left.wait(5) == -15
        assert other.poll() is None
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody can tell")
def test_stop_ends_what_is_left_of_a_check_that_is_over(tmp_path: Path) -> None:
    """
    1. A process without a mark works in a folder as checks make them; the folder is removed.
    2. Another one works in such a folder that is still there, a third one elsewhere.

    Result: `stop` ends the first and names it; the others run on.
    """
    over = tmp_path / "workbench-check-drain-x" / "attempt"
    running = tmp_path / "workbench-check-drain-y" / "attempt"
    places = (over, running, tmp_path)
    for place in (over, running):
        place.mkdir(parents=True)
    processes = [subprocess.Popen(["/bin/sleep", "60"], env={}, cwd=place) for place in places]
    try:
        shutil.rmtree(over.parent)
        stopped = shell("stop")

        assert f"ending pid {processes[0].pid}" in stopped.stdout
        assert processes[0].wait(5) == -15
        assert [process.poll() for process in processes[1:]] == [None, None]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_stop_leaves_a_check_in_a_container_alone(tmp_path: Path) -> None:
    """
    1. A process works in the folder of a check that only its own file system has.

    Result: `stop`, which sees it and no such folder, lets it run on.
    """
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no mount namespace here: {error}")
    script = (
        f"mount -t tmpfs there {shlex.quote(str(tmp_path))}"
        f" && mkdir -p {shlex.quote(str(tmp_path))}/workbench-check-drain-z/attempt"
        f" && cd {shlex.quote(str(tmp_path))}/workbench-check-drain-z/attempt"
        " && echo there && exec sleep 60"
    )
    elsewhere = subprocess.Popen(
        [*unshare, "sh", "-c", script], env={"PATH": os.defpath}, stdout=subprocess.PIPE
    )
    try:
        assert elsewhere.stdout is not None
        assert elsewhere.stdout.readline() == b"there\n"
        shell("stop")

        assert elsewhere.poll() is None
    finally:
        elsewhere.kill()
        elsewhere.communicate()
