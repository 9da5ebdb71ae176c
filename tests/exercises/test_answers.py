"""
Known answers are written down as what a learner would write, and made whole.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import answers as module
from tools.answers import answers, diff, find_answer, show
from workbench.errors import WorkbenchError
from workbench.exercises.exercise import Exercise, exercises, find
from workbench.exercises.known import IMPORT, PLACE, whole

ANSWERS = [answer for exercise in exercises() for answer in answers(exercise)]
# What stands above the place to edit.
DEFINE_AGAIN = ("flips_livez", "good_for_twenty_requests", "refuses_work")
GIVEN = '''"""
A service.
"""

import os
from json import (
    dumps,
)

NAME = os.environ["NAME"]


# --- yours from here
# TODO: say it.
def said():
    return ""


# --- to here

print(said())
'''


def test_whole_answers_have_all_names_that_they_use(tmp_path: Path) -> None:
    """
    Ruff finds in them neither a syntax error nor an undefined name, nor an import that the file
    has already.
    """
    for answer in ANSWERS:
        folder = tmp_path / answer.exercise.path / answer.name
        folder.mkdir(parents=True)
        for name, text in answer.files().items():
            (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet"]
    command += ["--output-format=concise", "--select=F", "--ignore=F401"]
    command += ["--per-file-ignores", ",".join(f"**/{name}/*:F811" for name in DEFINE_AGAIN)]
    ruff = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ruff.stdout, ruff.stderr, ruff.returncode) == ("", "", 0)


def test_every_file_belongs_to_an_answer() -> None:
    """
    Under a name that is not to be edited, a file would not be judged.
    """
    files = {path for path in module.ANSWERS.rglob("*") if path.is_file()}
    written = {path for answer in ANSWERS for path in answer.paths().values()}

    assert {path.name for path in files - written} <= {"expected.toml", "allowed.toml"}


def test_an_answer_repeats_nothing_of_its_lab() -> None:
    """
    A file is whole only if it changes something outside the place to edit, imports aside.
    """
    for answer in ANSWERS:
        if answer.written in (answer.exercise.folder, answer.exercise.solution):
            continue
        for name, path in answer.paths().items():
            written = path.read_text(encoding="utf-8")
            given = (answer.exercise.folder / name).read_text(encoding="utf-8")

            assert not PLACE.search(written) or fixed(written) != fixed(given), path


def fixed(text: str) -> list[str]:
    """
    The words outside the place to edit, imports aside.
    """
    return IMPORT.sub("", PLACE.sub("", text)).split()


def test_imports_join_those_of_the_lab() -> None:
    """
    What an answer imports comes after the given last import, the rest into the place to edit.
    """
    made = whole(GIVEN, "import sys\n\n\ndef said():\n    return sys.argv[1]\n")

    assert made == GIVEN.replace("    dumps,\n)\n", "    dumps,\n)\nimport sys\n").replace(
        '# TODO: say it.\ndef said():\n    return ""\n', "def said():\n    return sys.argv[1]\n"
    )


def test_imports_stay_in_the_place_if_the_lab_has_none_before_it() -> None:
    made = whole("# --- yours from here\n\n# --- to here\n", "import sys\n\nprint(sys.argv)\n")

    assert made == "# --- yours from here\nimport sys\n\nprint(sys.argv)\n# --- to here\n"


def test_a_file_with_the_markers_is_whole() -> None:
    other = GIVEN.replace("NAME", "WORD")

    assert whole(GIVEN, other) == other
    assert whole("#!/bin/sh\nserve\n", "#!/bin/sh\nexec serve\n") == "#!/bin/sh\nexec serve\n"


def test_an_answer_is_in_a_folder_while_it_is_judged() -> None:
    """
    1. An answer in two files is laid out.
    2. The block ends.

    Result: both files were there, under the given names; the folder is gone.
    """
    with find_answer("fail-fast/asks_nothing").folder() as folder:
        assert {path.name for path in folder.iterdir()} == {"service.py", "start.sh"}

    assert not folder.exists()


def test_an_answer_can_be_looked_at_and_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It is printed; or written beside what is given; or compared with the solution.
    """
    answer = find_answer("fail-fast/asks_nothing")
    service = answer.files()["service.py"]

    show(answer, None)
    assert service in capsys.readouterr().out

    show(answer, tmp_path / "new")
    written = {path.name for path in (tmp_path / "new").iterdir()}
    assert written == {path.name for path in answer.exercise.given}
    assert (tmp_path / "new" / "service.py").read_text(encoding="utf-8") == service

    diff(answer)
    assert "--- solution/service.py\n+++ asks_nothing/service.py\n" in capsys.readouterr().out


def test_unknown_answers_are_refused_with_the_known_ones() -> None:
    with pytest.raises(
        WorkbenchError, match=r"no answer 'atexi'; there are: untouched, .*atexit"
    ):
        find_answer("drain/atexi")


def test_each_wrong_answer_has_its_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    One without an entry in expected.toml is refused, and so is an entry without an answer.
    """
    exercise = find("drain")
    folder = tmp_path / exercise.path
    (folder / "wrong").mkdir(parents=True)
    (folder / "wrong" / "sleeps.py").write_text("", encoding="utf-8")
    (folder / "expected.toml").write_text('waits = "in-vain"\n', encoding="utf-8")
    monkeypatch.setattr(module, "ANSWERS", tmp_path)

    with pytest.raises(WorkbenchError, match=r"lacks: sleeps, waits\."):
        answers(exercise)


@pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.name)
def test_no_two_answers_have_one_name(exercise: Exercise) -> None:
    names = [answer.name for answer in answers(exercise)]

    assert len(set(names)) == len(names)
