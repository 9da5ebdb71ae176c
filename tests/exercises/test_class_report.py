"""
A class from its records: who passed what, who needs help, what went wrong the most, and what
was predicted.
"""

import csv
import io
import json
import os
import shutil
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

import workbench.__main__
from workbench._predictions import Prediction
from workbench._records import Record, keep, to_json
from workbench.errors import WorkbenchError
from workbench.exercises.class_report import (
    as_csv,
    as_json,
    as_page,
    as_text,
    moment,
    read_class,
    sum_up,
)
from workbench.exercises.exercise import exercises
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import (
    COULD_NOT_CHECK,
    FAIL,
    NOT_ATTEMPTED,
    PASS,
    Claim,
    Verdict,
)
from workbench.incidents.report import Report

DRAIN, POOL = "01_graceful_shutdown/drain", "06_performance/pool"
OF = len(exercises())


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    A machine whose clock shows UTC.
    """
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def report(folder: Path, since: datetime | None = None) -> str:
    return as_text(sum_up(read_class(folder, since=since), since))


def verdict(
    exercise: str, result: str, hint: str = "", when: int = 1, text: str = ""
) -> Verdict:
    claims = [Claim("all are answered", met=True), Claim("it ends", met=result == PASS)]
    return Verdict(
        exercise,
        "A title",
        result,
        1.0,
        claims=claims if result in (PASS, FAIL) else [],
        hint=Hint(hint, text or f"Why {hint}?") if hint else None,
        when=f"2026-01-01T10:{when:02}:00Z",
    )


def hand_in(folder: Path, *verdicts: Verdict) -> None:
    """
    As work/.verdicts is: a folder for each exercise.
    """
    for each in verdicts:
        keep(each, folder / each.exercise)


def zipped(file: Path, *records: Record) -> None:
    """
    As `course hand-in` writes them.
    """
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for kind in ("verdict", "prediction", "incident"):
            chosen = [to_json(each) for each in records if each.kind == kind]
            archive.writestr(f"{kind}s.json", f"[{','.join(chosen)}]")


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
    Who has tried and not passed stands first, and of those who has passed least.
    """
    assert report(submissions).splitlines() == [
        f"3 learners · 2 of {OF} exercises tried",
        "",
        " no  exercise                    passed  tried  could not check",
        "  1  01_graceful_shutdown/drain     1/3      3",
        "     2 of 3 learners: Why never-exits?",
        "  2  06_performance/pool            1/3      1",
        "",
        "Who needs help stands first: tried and not passed, little passed, long at it.",
        "✓3 passed in 3 attempts · 3 attempts, no PASS · ? could not check · – not attempted",
        "",
        "learner  passed  min  last               1  2",
        "linus         0    0  2026-01-01 10:01   1  –",
        "    drain: 1 of 2 claims, 1 attempt",
        "grace         1    0  2026-01-01 10:01   1 ✓1",
        "    drain: 1 of 2 claims, 1 attempt",
        "ada           1    2  2026-01-01 10:03  ✓3  –",
    ]


def test_who_needs_help(tmp_path: Path) -> None:
    """
    Before those with nothing open: who has passed least, then who is at it longest; a machine
    that is too slow is something open, too. An accent is no reason to stand last.
    """
    zipped(tmp_path / "done.zip", verdict(DRAIN, PASS), verdict(POOL, PASS))
    zipped(tmp_path / "zoë.zip", verdict(DRAIN, NOT_ATTEMPTED))
    zipped(tmp_path / "émile.zip", verdict(DRAIN, NOT_ATTEMPTED))
    zipped(tmp_path / "long.zip", verdict(DRAIN, FAIL), verdict(DRAIN, FAIL, when=50))
    zipped(tmp_path / "short.zip", verdict(DRAIN, FAIL), verdict(DRAIN, FAIL, when=9))
    zipped(tmp_path / "half.zip", verdict(DRAIN, FAIL), verdict(POOL, PASS))
    zipped(tmp_path / "slow.zip", verdict(DRAIN, COULD_NOT_CHECK))

    summary = sum_up(read_class(tmp_path))

    assert [each.name for each in summary.learners] == [
        "long",
        "short",
        "slow",
        "half",
        "émile",
        "zoë",
        "done",
    ]
    said = as_text(summary)
    assert "    drain: 1 of 2 claims, 2 attempts in 49 min" in said
    assert "slow          0    0  2026-01-01 10:01   ?  –\n    drain: could not check" in said
    assert [each.could_not_check for each in summary.exercises] == [1, 0]


def test_what_comes_after_a_pass(tmp_path: Path) -> None:
    """
    Who plays with it after the PASS has not needed longer for it, nor more attempts.
    """
    attempts = [verdict(DRAIN, FAIL, when=1), verdict(DRAIN, PASS, when=5)]
    zipped(tmp_path / "ada.zip", *attempts, verdict(DRAIN, FAIL, when=40))

    (ada,) = sum_up(read_class(tmp_path)).learners

    assert ada.exercises[DRAIN].result == PASS
    assert (ada.exercises[DRAIN].attempts, ada.exercises[DRAIN].minutes) == (2, 4)
    assert ada.minutes == 39


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["4 of 6", "3 of 6", "3 of 6"], "3 of 6"),
        (["6 of 6", "Give everybody a PASS."], "6 of 6"),
        (["Give everybody a PASS."], "… of …"),
    ],
    ids=["as most were told", "of the course's form", "only another text"],
)
def test_a_hint_is_a_sentence(tmp_path: Path, texts: list[str], said: str) -> None:
    """
    The course's own, with the numbers that were said most often; what somebody has written into
    a file under its key is shown to nobody.
    """
    end = (
        " requests in flight were cut off without a word. "
        "Who handles SIGTERM, you or the server?"
    )
    for number, text in enumerate(texts):
        sentence = text if text.startswith("Give") else text + end
        zipped(tmp_path / f"{number}.zip", verdict(DRAIN, FAIL, "ends-at-once", text=sentence))

    (row,) = sum_up(read_class(tmp_path)).exercises

    assert [(turn.sentence, turn.learners) for turn in row.wrong_turns] == [
        (said + end, len(texts))
    ]


def test_in_their_words(submissions: Path) -> None:
    """
    The last reason of each who gave one, an exercise's together; nobody is counted for it.
    """
    for when, reason in enumerate(["It drains.", "The server drains first.", ""], start=4):
        passed = replace(verdict(DRAIN, PASS, when=when), because=reason)
        hand_in(submissions / "ada" / ".verdicts", passed)
    hand_in(submissions / "ken", replace(verdict(DRAIN, PASS), because="exec \x1b[2J."))

    said = report(submissions)

    assert said.split("\n\n")[4].splitlines() == [
        "why it holds, in their words",
        "drain, ada: The server drains first.",
        "drain, ken: exec \\x1b[2J.",
    ]


def test_as_common(submissions: Path) -> None:
    """
    Where two wrong turns are as common, both are named.
    """
    hand_in(submissions / "zoe", verdict(DRAIN, FAIL, "exits-at-once"))

    assert report(submissions).splitlines()[4:6] == [
        "     2 of 4 learners: Why exits-at-once?",
        "     2 of 4 learners: Why never-exits?",
    ]


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
        to_json(verdict(DRAIN, PASS)).replace("2026", "0001"),
        to_json(verdict(DRAIN, PASS)).replace("2026-01-01T10:01:00Z", "yesterday"),
    ],
    ids=[
        "empty",
        "null",
        "number",
        "nothing",
        "newer",
        "little",
        "deep",
        "type",
        "hint",
        "year 1",
        "no time",
    ],
)
def test_unreadable(submissions: Path, text: str) -> None:
    """
    What cannot be read is named, and everything else is reported as without it.
    """
    before = report(submissions)
    odd = submissions / "ada" / "odd.json"
    odd.write_text(text)

    assert report(submissions) == f"{before}\n\nNot read: {odd}"


def test_times_of_day_decide(submissions: Path) -> None:
    """
    Verdicts from several files stand in the order in which they were given.
    """
    file = submissions / "ada" / "a.json"
    file.write_text(json.dumps([json.loads(to_json(verdict(DRAIN, FAIL, when=9)))]))
    ada = read_class(submissions)[0]

    assert [each.result for each in ada.attempts[DRAIN]] == [FAIL, FAIL, PASS, FAIL]


def test_control_characters_are_shown_as_such(submissions: Path) -> None:
    """
    What a learner sent, or is called, cannot wipe the teacher's screen.
    """
    hand_in(submissions / "l\x1b[2Jinus\u202e", verdict("\x1b[2Jowned", PASS))
    hand_in(submissions / "l\x1b[2Jinus\u202e", verdict(DRAIN, FAIL, "\x1b[31mred"))
    (submissions / "l\x1b[2Jinus\u202e" / "\x9b.json").touch()

    text = report(submissions)

    assert all(each.isprintable() for each in text.replace("\n", ""))
    assert r"l\x1b[2Jinus\u202e" in text


def test_an_exercise_that_the_course_does_not_have(submissions: Path) -> None:
    """
    A made-up exercise is named, and counts for nothing.
    """
    before = report(submissions)
    hand_in(submissions / "ada", verdict("09_made_up/easy", PASS))

    assert report(submissions) == (f"{before}\n\nNot of this course: 09_made_up/easy (ada)")


def test_nothing_there(tmp_path: Path) -> None:
    """
    A folder that is not there, or has no verdict in it, is said.
    """
    with pytest.raises(WorkbenchError, match="no folder"):
        read_class(tmp_path / "submissions")
    with pytest.raises(WorkbenchError, match="no verdict, prediction or incident"):
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

    assert report(tmp_path).splitlines()[-4:] == [
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

    assert report(tmp_path).splitlines()[-4:] == [
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

    assert report(tmp_path).endswith("\n\nNot of this course: 09/9.9 (ada)")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no archive", b"half"], ids=["empty", "head", "text", "half"]
)
def test_a_broken_archive(submissions: Path, content: bytes) -> None:
    """
    It is named, and everybody else is reported as without it.
    """
    zipped(submissions / "zoe.zip", verdict(DRAIN, PASS))
    whole = (submissions / "zoe.zip").read_bytes()
    (submissions / "zoe.zip").write_bytes(
        whole[: len(whole) // 2] if content == b"half" else content
    )

    said = report(submissions)

    assert said.endswith(f"\n\nNot read: {submissions / 'zoe.zip'}")
    assert "linus         0" in said


def test_an_archive_that_swells(submissions: Path) -> None:
    """
    What is small on the way and large in memory is not unpacked to its end.
    """
    with zipfile.ZipFile(submissions / "zoe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("verdicts.json", "w", force_zip64=True) as file:
            for _ in range(60):
                file.write(b" " * (1 << 20))

    assert report(submissions).endswith(f"Not read: {submissions / 'zoe.zip'}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(submissions: Path) -> None:
    """
    One learner's is named; where it is the class's, a sentence says what to do.
    """
    (submissions / "ada").chmod(0)
    try:
        assert report(submissions).endswith(f"Not read: {submissions / 'ada'}")
        submissions.chmod(0)
        with pytest.raises(WorkbenchError, match="see that you may read and write there"):
            read_class(submissions)
    finally:
        submissions.chmod(0o700)
        (submissions / "ada").chmod(0o700)


def test_rooms(tmp_path: Path) -> None:
    """
    A folder of people is a room, in every form; a hub's folder for one of them is none, nor is
    what an archive was unpacked to.
    """
    zipped(tmp_path / "red" / "ada.zip", verdict(DRAIN, PASS))
    hand_in(tmp_path / "red" / "grace" / ".verdicts", verdict(DRAIN, PASS))
    (tmp_path / "red" / "ken.json").write_text(to_json(verdict(DRAIN, PASS)))
    hand_in(tmp_path / "blue" / "ada", verdict(DRAIN, FAIL))
    zipped(tmp_path / "linus" / "linus.zip", verdict(DRAIN, PASS))
    zipped(tmp_path / "zoe.zip", verdict(DRAIN, PASS))
    with zipfile.ZipFile(tmp_path / "zoe.zip") as archive:
        archive.extractall(tmp_path / "zoe")
    (tmp_path / "zoe" / "answers" / "x").mkdir(parents=True)
    (tmp_path / "zoe" / "answers" / "x" / "data.json").touch()
    (tmp_path / ".editor").mkdir()

    summary = sum_up(read_class(tmp_path))

    assert [(each.room, each.name, each.attempts) for each in summary.learners] == [
        ("blue", "ada", 1),
        ("", "linus", 1),
        ("red", "ada", 1),
        ("red", "grace", 1),
        ("red", "ken", 1),
        ("", "zoe", 1),
    ]
    assert summary.not_read == []
    assert as_text(summary).startswith(f"6 learners in 2 rooms · 1 of {OF} exercises tried\n")
    assert "\nred/grace       1 " in as_text(summary)


@pytest.mark.parametrize("copy", [".verdicts", "verdicts", "work/.verdicts", "."])
def test_copies_of_records(copy: str, tmp_path: Path) -> None:
    """
    A folder with the records of one is no room, whatever the copy is called.
    """
    hand_in(tmp_path / "ada" / copy, verdict(DRAIN, PASS))

    (ada,) = read_class(tmp_path)

    assert (ada.room, ada.name, len(ada.attempts[DRAIN])) == ("", "ada", 1)


def test_records_that_were_copied_twice(submissions: Path) -> None:
    """
    A folder in a folder, as `cp` makes it the second time, adds no attempt.
    """
    before = report(submissions)
    for file in sorted((submissions / "ada").rglob("*.json")):
        copy = submissions / "ada" / ".verdicts" / ".verdicts" / file.parent.name / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())

    assert report(submissions) == before


def test_since(tmp_path: Path) -> None:
    """
    What is older is left out; who has nothing since stays, and the heading says since when.
    """
    zipped(tmp_path / "ada.zip", verdict(DRAIN, FAIL, "old", 1), verdict(DRAIN, PASS, when=30))
    zipped(tmp_path / "grace.zip", verdict(POOL, FAIL, when=29))
    predicted(tmp_path / "linus", "0", measured="0")

    said = report(tmp_path, since=moment("2026-01-01T10:30"))

    assert said.splitlines()[:4] == [
        f"3 learners · 1 of {OF} exercises tried · since 2026-01-01 10:30",
        "",
        " no  exercise                    passed  tried  could not check",
        "  1  01_graceful_shutdown/drain     1/3      1",
    ]
    assert f"grace         0    0  {'–':<16}   –" in said
    assert LOST in said  # made just now


@pytest.mark.parametrize(("text", "ago"), [("45m", (0, 45)), ("2h", (2, 0)), ("3d", (72, 0))])
def test_moments_ago(text: str, ago: tuple[int, int]) -> None:
    """
    So many minutes, hours or days before now.
    """
    hours, minutes = ago
    before = datetime.now(UTC)

    assert before <= moment(text) + timedelta(hours=hours, minutes=minutes) <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2", "2w", "999999d", "0001-13-01"])
def test_no_moment(text: str) -> None:
    """
    It is said how to write one.
    """
    with pytest.raises(WorkbenchError, match="is no moment: write 45m, 2h or 3d"):
        moment(text)


def test_csv(submissions: Path) -> None:
    """
    A row for each learner in the order of the report, three columns for each exercise; what a
    spreadsheet would take for a formula is text.
    """
    zipped(submissions / "=1+1.zip", verdict(DRAIN, PASS))

    first, *rows = csv.DictReader(io.StringIO(as_csv(sum_up(read_class(submissions)))))

    assert first == {
        "room": "",
        "learner": "linus",
        "passed": "0",
        "tried": "1",
        "attempts": "1",
        "could not check": "0",
        "minutes": "0",
        "last": "2026-01-01T10:01:00+00:00",
        DRAIN: FAIL,
        f"{DRAIN} attempts": "1",
        f"{DRAIN} minutes": "0",
        POOL: NOT_ATTEMPTED,
        f"{POOL} attempts": "0",
        f"{POOL} minutes": "0",
    }
    assert [row["learner"] for row in rows] == ["grace", "'=1+1", "ada"]
    assert rows[1][POOL] == ""


def test_json(submissions: Path) -> None:
    """
    All that the text says, by name.
    """
    said = json.loads(as_json(sum_up(read_class(submissions))))

    assert [each["name"] for each in said["learners"]] == ["linus", "grace", "ada"]
    assert said["learners"][2]["exercises"][DRAIN] == {
        "result": PASS,
        "attempts": 3,
        "could_not_check": 0,
        "met": 2,
        "claims": 2,
        "minutes": 2,
    }
    assert said["exercises"][0]["wrong_turns"] == [
        {"key": "never-exits", "sentence": "Why never-exits?", "learners": 2},
        {"key": "exits-at-once", "sentence": "Why exits-at-once?", "learners": 1},
    ]


class Page(HTMLParser):
    """
    A page as a browser reads it: its text, and what it would fetch or run.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fetching = {"src", "href", "srcset", "onload", "onclick", "onerror"}
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in fetching]
        if tag in ("script", "img", "link", "iframe", "base", "form"):
            self.fetched.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_page(submissions: Path) -> None:
    """
    One page that fetches and runs nothing, in which what learners wrote is text; what has no
    names in it stands first.
    """
    evil = "<script>alert(1)</script>"
    zipped(submissions / "zoe\x1b<b>.zip", replace(verdict(DRAIN, PASS), because=evil))
    predicted(submissions / "zoe", "0", measured=evil)

    text = as_page(sum_up(read_class(submissions)))

    page = Page(text)
    said = "".join(page.words)
    assert (page.open, page.fetched) == ([], [])
    assert "url(" not in text
    assert "@import" not in text
    assert evil in said
    assert "zoe\\x1b<b>" in said
    headings = ["By exercise", "What was predicted", "By learner", "Why it holds"]
    assert [said.index(each) for each in headings] == sorted(map(said.index, headings))
    assert said.index("By learner") < said.index("linus")
    for result in (PASS, FAIL, "–", "Why never-exits?", "1 of 2 claims", "3 attempts in 2 min"):
        assert result in said


def test_no_file_is_read_twice(submissions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However large a class is: each file of it once, and an exercise's hints once for all.
    """
    zipped(submissions / "yan.zip", verdict(DRAIN, FAIL, "ends-at-once"))
    zipped(submissions / "zoe.zip", verdict(DRAIN, FAIL, "ends-at-once"))
    read: Counter[str] = Counter()

    def count(kind: type, name: str) -> None:
        original = getattr(kind, name)

        def counted(*args: object, **options: object) -> object:
            file = next(each for each in args if isinstance(each, Path))
            read[str(file)] += 1
            return original(*args, **options)

        monkeypatch.setattr(kind, name, counted)

    count(Path, "read_bytes")
    count(Path, "read_text")
    count(zipfile.ZipFile, "__init__")

    report(submissions)

    ours = [times for name, times in read.items() if name.startswith(str(submissions))]
    assert ours == [1] * len([*submissions.rglob("*.json"), *submissions.rglob("*.zip")])
    assert all(times == 1 for name, times in read.items() if name.endswith("hints.toml"))


def test_made_up_ones_are_not_listed_for_ever(tmp_path: Path) -> None:
    """
    Thousands of made-up exercises are a line, and so is a long name.
    """
    made_up = [verdict(f"09_made_up/{number}", PASS) for number in range(1000)]
    zipped(tmp_path / "ada.zip", verdict("x" * 10_000, PASS), *made_up)

    (line,) = [line for line in report(tmp_path).splitlines() if line.startswith("Not of")]

    assert line.endswith(" and 996 more (ada)")
    assert len(line) < 200


def test_every_form_at_once(
    submissions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    The text is printed, and each file that was asked for is there; one that cannot be written
    is said before anything is.
    """
    out = tmp_path / ".out"
    out.mkdir()
    words = [
        word for form in ("csv", "json", "html") for word in (f"--{form}", f"{out}/a.{form}")
    ]
    monkeypatch.setattr("sys.argv", ["course", "report", str(submissions), *words])
    assert workbench.__main__.main() == 0
    assert capsys.readouterr().out.startswith("3 learners")
    assert sorted(file.name for file in out.iterdir()) == ["a.csv", "a.html", "a.json"]

    monkeypatch.setattr("sys.argv", ["course", "report", str(submissions), "--html", str(out)])
    assert workbench.__main__.main() == 2
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()[0][:36]) == (
        "",
        f"Nothing was tried: --html {out}"[:36],
    )


def on_call(
    result: str, burnt: int, found: float | None, *, incident: str = "monday", when: int = 1
) -> Report:
    """
    What an incident leaves, with what a report doesn't read.
    """
    return Report(
        incident=incident,
        was="a fault",
        seed=1,
        speed=1.0,
        result=result,
        seconds=60.0,
        budget=200,
        burnt=burnt,
        control=Claim("left alone, it burns", met=True),
        found=found,
        recovered=None if found is None else found + 8,
        when=f"2026-01-01T10:{when:02}:00Z",
    )


def test_a_class_on_call(tmp_path: Path) -> None:
    """
    1. Ada fails and then passes; Bob fails twice, once at half of the cost,
       and once his machine was too busy; Eve plays none.
    2. Somebody hands in an incident that the course does not have.

    Result: a row for each learner and incident, the best of it; the last is named. An archive
    and a folder are read alike.
    """
    zipped(tmp_path / "ada.zip", on_call(FAIL, 900, None), on_call(PASS, 50, 30.4, when=2))
    for each in (on_call(FAIL, 800, 90.0), on_call(FAIL, 400, None, when=2),
                 on_call(COULD_NOT_CHECK, 0, None, when=3)):  # fmt: skip
        keep(each, tmp_path / "bob" / ".incidents")
    hand_in(tmp_path / "eve" / ".verdicts", verdict(DRAIN, PASS))
    keep(on_call(PASS, 0, 1.0, incident="someday"), tmp_path / "mallory" / ".incidents")

    said = report(tmp_path)

    lines = said.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("incident"))
    assert [line.split() for line in lines[head + 1 : head + 3]] == [
        ["monday", "ada", "PASS", "2", "30", "s", "38", "s", "75", "%"],
        ["monday", "bob", "FAIL", "3", "never", "never", "-100", "%"],
    ]
    assert "Not of this course: someday (mallory)" in said
    assert "on call" not in report_of(tmp_path / "eve")
    page = as_page(sum_up(read_class(tmp_path)))
    assert page.count("<th>monday</th>") == 2
    table = list(csv.DictReader(io.StringIO(as_csv(sum_up(read_class(tmp_path))))))
    by_name = {row["learner"]: row for row in table}
    assert by_name["ada"]["monday found"] == "30.4"
    assert by_name["bob"]["monday users well"] == ""
    assert by_name["eve"]["monday"] == ""


def report_of(learner: Path) -> str:
    """
    The report of a class of one.
    """
    alone = learner.parent / f"only-{learner.name}"
    shutil.copytree(learner, alone / learner.name)
    try:
        return report(alone)
    finally:
        shutil.rmtree(alone)


def test_an_incident_that_is_older(tmp_path: Path) -> None:
    """
    With `since`, an incident before it is left out.
    """
    for each in (on_call(PASS, 0, 1.0), on_call(FAIL, 300, None, when=30)):
        keep(each, tmp_path / "ada" / ".incidents")

    since = datetime(2026, 1, 1, 10, 15, tzinfo=UTC)

    (row,) = sum_up(read_class(tmp_path, since=since), since).incidents
    assert (row.result, row.times, row.left) == (FAIL, 1, -50)
