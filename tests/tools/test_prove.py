"""
What stands at the end of `make test`.
"""

import pytest

from tools.prove import Part, prove


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
