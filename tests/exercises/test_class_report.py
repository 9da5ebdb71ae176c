"""
A class from its records: who passed what, what went wrong the most, and what was predicted.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from workbench._predictions import Prediction
from workbench._records import keep, to_json
from workbench.errors import WorkbenchError
from workbench.exercises.class_report import read_class, report
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import FAIL, NOT_ATTEMPTED, PASS, Claim, Verdict

DRAIN, POOL = "01_graceful_shutdown/drain", "06_performance/pool"


def verdict(exercise: str, result: str, hint: str = "", when: int = 1) -> Verdict:
    claims = [Claim("all are answered", met=True), Claim("it ends", met=result == PASS)]
    return Verdict(
        exercise,
        "A title",
        result,
        1.0,
        claims=claims if result in (PASS, FAIL) else [],
        hint=Hint(hint, "A sentence.") if hint else None,
        when=f"2026-01-01T00:00:{when:02}Z",
    )


def hand_in(folder: Path, *verdicts: Verdict) -> None:
    """
    As work/.verdicts is: a folder for each exercise.
    """
    for each in verdicts:
        keep(each, folder / each.exercise)


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    """
    Three learners: one with a folder as it is kept, two with a file from `check --json`.
    """
    hand_in(
        tmp_path / "ada" / ".verdicts",
        verdict(DRAIN, FAIL, "exits-at-once"),
        verdict(DRAIN, FAIL, "exits-at-once", when=2),
        verdict(DRAIN, PASS, when=3),
        verdict(POOL, NOT_ATTEMPTED),
    )
    grace = [verdict(DRAIN, FAIL, "never-exits"), verdict(POOL, PASS)]
    linus = [verdict(DRAIN, FAIL, "never-exits"), verdict(POOL, NOT_ATTEMPTED)]
    for name, verdicts in {"grace": grace, "linus": linus}.items():
        (tmp_path / f"{name}.json").write_text(f"[{','.join(map(to_json, verdicts))}]")
    return tmp_path


def test_report(submissions: Path) -> None:
    """
    A wrong turn counts once for each who took it: ada's two times are fewer than two learners.
    """
    assert report(read_class(submissions)).splitlines() == [
        "exercise                    passed  tried  commonest wrong turn",
        "01_graceful_shutdown/drain     1/3      3  never-exits (2 of 3 learners)",
        "06_performance/pool            1/3      1",
        "",
        "learner  passed  not yet",
        "ada           1",
        "grace         1  drain: 1 of 2 claims, 1 attempt",
        "linus         0  drain: 1 of 2 claims, 1 attempt",
    ]


def test_in_their_words(submissions: Path) -> None:
    """
    The last reason of each who gave one, an exercise's together; nobody is counted for it.
    """
    for when, reason in enumerate(["It drains.", "The server drains first.", ""], start=4):
        passed = replace(verdict(DRAIN, PASS, when=when), because=reason)
        hand_in(submissions / "ada" / ".verdicts", passed)
    hand_in(submissions / "ken", replace(verdict(DRAIN, PASS), because="exec \x1b[2J."))

    said = report(read_class(submissions))

    assert said.split("\n\n")[2].splitlines() == [
        "why it holds, in their words",
        "drain, ada: The server drains first.",
        "drain, ken: exec \\x1b[2J.",
    ]


def test_as_common(submissions: Path) -> None:
    """
    Where two wrong turns are as common, both are named.
    """
    hand_in(submissions / "zoe", verdict(DRAIN, FAIL, "exits-at-once"))

    assert "exits-at-once and never-exits (2 of 4 learners)" in report(read_class(submissions))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "{}",
        '{"schema": 2}',
        '{"schema": 1}',
        "[" * 100_000,
        to_json(verdict(DRAIN, PASS)).replace(f'"{DRAIN}"', "[]"),
        to_json(verdict(DRAIN, FAIL, "key")).replace('"key":', '"name":'),
    ],
    ids=["empty", "null", "number", "nothing", "newer", "little", "deep", "type", "hint"],
)
def test_unreadable(submissions: Path, text: str) -> None:
    """
    What cannot be read is named, and everything else is reported as without it.
    """
    before = report(read_class(submissions))
    odd = submissions / "ada" / "odd.json"
    odd.write_text(text)

    assert report(read_class(submissions)) == f"{before}\n\nNot read: {odd}"


def test_times_of_day_decide(submissions: Path) -> None:
    """
    Verdicts from several files stand in the order in which they were given.
    """
    file = submissions / "ada" / "a.json"
    file.write_text(json.dumps([json.loads(to_json(verdict(DRAIN, FAIL, when=9)))]))
    ada = read_class(submissions)[0]

    assert [each.result for each in ada.verdicts[DRAIN]] == [FAIL, FAIL, PASS, FAIL]


def test_control_characters_are_shown_as_such(submissions: Path) -> None:
    """
    What a learner sent, or is called, cannot wipe the teacher's screen.
    """
    hand_in(submissions / "l\x1b[2Jinus\u202e", verdict("\x1b[2Jowned", PASS))
    hand_in(submissions / "l\x1b[2Jinus\u202e", verdict(DRAIN, FAIL, "\x1b[31mred"))
    (submissions / "l\x1b[2Jinus\u202e" / "\x9b.json").touch()

    text = report(read_class(submissions))

    assert all(each.isprintable() for each in text.replace("\n", ""))
    assert r"l\x1b[2Jinus\u202e" in text


def test_an_exercise_that_the_course_does_not_have(submissions: Path) -> None:
    """
    A made-up exercise is named, and counts for nothing.
    """
    before = report(read_class(submissions))
    hand_in(submissions / "ada", verdict("09_made_up/easy", PASS))

    assert report(read_class(submissions)) == (
        f"{before}\n\nNot of this course: 09_made_up/easy (ada)"
    )


def test_nothing_there(tmp_path: Path) -> None:
    """
    A folder that is not there, or has no verdict in it, is said.
    """
    with pytest.raises(WorkbenchError, match="no folder"):
        read_class(tmp_path / "submissions")
    with pytest.raises(WorkbenchError, match="no verdict and no prediction"):
        read_class(tmp_path)


LOST = "01_graceful_shutdown/1.1_what_gets_lost"


def predicted(folder: Path, *answers: str, measured: str = "", among: str = "0 5 8") -> None:
    """
    As work/.predictions is: each answer that was given, then which one counts.
    """
    given = [Prediction(LOST, "How many?", among.split(), answer) for answer in answers]
    counts = [Prediction(LOST, "How many?", among.split(), answers[-1], measured)]
    for record in given + counts * bool(measured):
        keep(record, folder / ".predictions" / LOST)


def test_what_a_class_predicted(tmp_path: Path) -> None:
    """
    Each option has as many as answered it before it was measured, and one is what was so.
    """
    predicted(tmp_path / "ada", "0", "8", measured="0")
    predicted(tmp_path / "ada", "0", measured="0")  # once it was seen, everybody knows
    predicted(tmp_path / "grace", "8", measured="0")
    predicted(tmp_path / "linus", "5")

    assert report(read_class(tmp_path)).splitlines()[-4:] == [
        f"{LOST}: How many?",
        "  0    0   ← measured",
        "  5    1  █",
        "  8    2  ██",
    ]


def test_numbers_that_a_class_predicted(tmp_path: Path) -> None:
    """
    Numbers that were typed stand in their order, and what was measured from least to greatest.
    """
    for name, answer, measured in (
        ("ada", "9", "30.5"),
        ("grace", "66", "29"),
        ("zoe", "9", ""),
    ):
        predicted(tmp_path / name, answer, measured=measured, among="0 100")

    assert report(read_class(tmp_path)).splitlines()[-4:] == [
        f"{LOST}: How many?",
        "  9     2  ██",
        "  66    1  █",
        "  measured: 29 … 30.5",
    ]


def test_a_notebook_that_the_course_does_not_have(tmp_path: Path) -> None:
    """
    A prediction for a made-up notebook is named, and counts for nothing.
    """
    keep(Prediction("09/9.9", "Why?", ["a", "b"], "a"), tmp_path / "ada")

    assert report(read_class(tmp_path)).endswith("\n\nNot of this course: 09/9.9 (ada)")
