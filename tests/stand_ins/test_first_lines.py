"""
What stands in for something says so, before anything else.
"""

import ast
from pathlib import Path

import pytest

import stand_ins

PROGRAMS = sorted(path for path in stand_ins.FOLDER.rglob("*.py") if path.name != "__init__.py")
SCRIPTS = sorted(path for path in stand_ins.FOLDER.rglob("kubectl"))
ACTIONS = sorted(stand_ins.FOLDER.rglob("action.yml"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_says_what_it_is_not(path: Path) -> None:
    """
    The first line of its docstring begins with it.
    """
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert said.startswith(("Not ", "No ")), said


@pytest.mark.parametrize("path", [*SCRIPTS, *ACTIONS], ids=lambda path: path.parent.name)
def test_a_script_says_what_it_stands_in_for(path: Path) -> None:
    """
    So does a script, in one of its first lines.
    """
    first = " ".join(path.read_text(encoding="utf-8").splitlines()[:3])
    assert "Stands in for " in first or "Not kubectl" in first, first
