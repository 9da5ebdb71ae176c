"""
What the repository says of itself is true.
"""

import re
import subprocess

import pytest

from tools import ROOT, readme_picture
from tools.notebooks.files import on_disk
from tools.notebooks.form import read

README = (ROOT / "README.md").read_text(encoding="utf-8")
CLONE_MB = 10


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return listing.stdout.split("\0")[:-1]


def test_picture() -> None:
    """
    The README's picture is the one that the notebook has stored.
    """
    remedy = "run: .venv/bin/python tools/readme_picture.py"
    assert readme_picture.PICTURE.read_bytes() == readme_picture.stored(), remedy


def test_lines() -> None:
    """
    The README's lines of Python are a cell of that notebook.
    """
    (lines,) = re.findall(r"```python\n(.*?)\n```", README, re.DOTALL)

    assert lines in [cell.source for cell in read(readme_picture.NOTEBOOK).cells]


@pytest.mark.parametrize(
    "path", [path for path in on_disk() if path.is_relative_to(ROOT / "chapters")], ids=str
)
def test_chapter_table(path) -> None:
    """
    Every notebook of the chapters has its row in the README, with a question and minutes.
    """
    link = re.escape(path.relative_to(ROOT).as_posix())

    row = re.search(rf"^\| \[[^]]+\]\({link}\) \| [^|]+\? \| \d+ \|$", README, re.MULTILINE)

    assert row, "README.md has no row for it, with the question that it answers and minutes"


def test_size_of_a_clone() -> None:
    """
    All files together stay small enough to clone over a bad network.
    """
    files = [ROOT / name for name in tracked()]
    assert len(files) > 20, "git lists hardly any files; is this a clone?"

    assert sum(file.stat().st_size for file in files if file.is_file()) < CLONE_MB * 1e6
