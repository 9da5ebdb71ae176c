"""
What stands at the end of `make test`.
"""

import json
from pathlib import Path

import pytest

from tools import prove as proving
from tools.prove import Part, notebooks, one_notebook, prove
from tools.prove import pytest as run_tests


def test_what_was_not_run_is_not_called_green(capsys: pytest.CaptureFixture[str]) -> None:
    parts = {
        "fine": Part("of it", lambda: 0),
        "bad": Part("of it", lambda: 3),
        "absent": Part("of it", lambda: None),
    }

    assert prove(parts) == 1

    table = capsys.readouterr().out.split("\n\n")[-1]
    marks = {line.split()[1]: line.split()[0] for line in table.splitlines()}
    assert marks == {"fine": "✓", "bad": "✗", "absent": "–"}
    assert "not run" in table.splitlines()[-1]


def test_a_part_that_cannot_be_run_turns_nothing_red() -> None:
    assert prove({"absent": Part("of it", lambda: None)}) == 0


def test_the_last_words_are_what_is_red(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A test that fails, also at the second try, is named after the table, with what was seen.
    """
    file = tmp_path / "test_it.py"
    file.write_text("def test_sum():\n    assert 1 + 1 == 3\n\ndef test_fine():\n    pass\n")
    config = ("-c", "/dev/null", "-o", f"cache_dir={tmp_path}/cache", "--noconftest")
    monkeypatch.setattr(proving, "believing", [])  # that option is our conftest's

    assert prove({"tests": Part("of it", lambda: run_tests(str(file), *config, workers=()))})

    table, told = capfd.readouterr().out.rsplit("\n\n", 1)
    assert "✗ tests" in table
    assert told.startswith("✗ test_it::test_sum\n")
    assert "assert (1 + 1) == 3" in told
    assert "test_fine" not in told


def test_of_notebooks_the_second_run_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    1. Two cells fail; run once more, one of them passes, and the other's text is another one.

    Result: the other is named, with its last text and without colours.
    """

    def line(cell: str, outcome: str, text: str = "", when: str = "call") -> str:
        entry = {"notebook": "/a/1.1.ipynb", "cell": cell, "when": when}
        return json.dumps(entry | {"outcome": outcome, "seconds": 1, "text": text})

    cells = [
        line("Cell 1", "failed", "late"),
        line("Cell 1", "passed", when="teardown"),
        line("Cell 2", "failed", "first"),
        line("Cell 1", "passed"),
        line("Cell 2", "failed", "\x1b[31mclaim\x1b[0m: one is lost"),
        line("Cell 2", "passed", when="teardown"),
    ]
    stand_in = tmp_path / "run.py"
    stand_in.write_text(
        "import sys, pathlib\n"
        f"pathlib.Path(sys.argv[-1]).write_text({chr(10).join(cells)!r})\n"
        "sys.exit(1)\n"
    )

    assert prove({"notebooks": Part("of it", lambda: notebooks(stand_in))})

    told = capfd.readouterr().out.rsplit("\n\n", 1)[1]
    assert told == "✗ 1.1, Cell 2\n    claim: one is lost\n"


def test_many_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Of more than a screen's worth, the first are told and the others counted.
    """

    def fail() -> int:
        for number in range(proving.MOST_TOLD + 3):
            proving.remember(f"test {number}", "")
        return 1

    assert prove({"tests": Part("of it", fail)})

    assert capsys.readouterr().out.endswith("… and 3 more\n")


@pytest.mark.parametrize(
    "name",
    [
        "5.1",
        "5.1_circuit_breaker",
        "5.1_circuit_breaker.ipynb",
        "chapters/x/5.1_circuit_breaker.ipynb",
    ],
)
def test_a_notebook_by_its_number_or_its_name(name: str) -> None:
    assert {part.what for part in one_notebook(name).values()} == {"5.1_circuit_breaker"}
