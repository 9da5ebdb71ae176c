"""
From each notebook a reader finds the way on.
"""

import re
from pathlib import Path

import pytest

from tools import ROOT
from tools.notebooks.form import read
from tools.ways import BEGINNING, ways

WAYS = ways()
LINK = re.compile(r"\]\(([^)#]+)(?:#[a-z]+)?\)")


def test_the_last_cell_is_the_way_on() -> None:
    """
    Each notebook ends in what `tools.ways` would write.
    """
    ends = {path: read(path).cells[-1].source for path in WAYS}
    assert ends == WAYS


def test_one_after_the_other_leads_through_all_of_them() -> None:
    """
    Who takes the first link of each chapter's notebooks, and the second one of each lab, comes
    by every chapter and every lab.
    """
    path = ROOT / "chapters" / "00_start_here" / "00_start_here.ipynb"
    seen = []
    while path.suffix == ".ipynb":
        seen.append(path)
        links = LINK.findall(WAYS[path])
        path = (path.parent / links[1 if path.name == "lab.ipynb" else 0]).resolve()

    assert path == ROOT / "README.md"
    assert len(seen) == len(set(seen))
    assert set(seen) == {path for path in WAYS if path.name != "solutions.ipynb"}


@pytest.mark.parametrize("path", WAYS, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert WAYS[path].startswith(BEGINNING)
    for link in LINK.findall(WAYS[path]):
        assert (path.parent / link).exists(), link
