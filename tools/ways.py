"""
The way on: the last cell of each notebook, made from what there is.

    .venv/bin/python -m tools.ways     write it where it is not as it should be

A notebook leads to the next one, the last of a chapter to its lab; a lab to the solutions and
to the next chapter; all of them to the table of chapters.
"""

import os
import sys
from itertools import pairwise
from pathlib import Path

from nbformat.v4 import new_markdown_cell

from tools import ROOT
from tools.notebooks.files import on_disk
from tools.notebooks.form import normalise, read, text

BEGINNING = "**From here:** "
TABLE = ROOT / "README.md"


def ways() -> dict[Path, str]:
    """
    Of each notebook, what its last cell says.
    """
    chapters = [path for path in on_disk() if path.is_relative_to(ROOT / "chapters")]
    last = {place_of(path): path for path in chapters}
    after = dict(pairwise(chapters))
    found = {}
    for path in on_disk():
        place = place_of(path)
        lab = ROOT / "labs" / place / "lab.ipynb"
        solutions = ROOT / "solutions" / place / "solutions.ipynb"
        onward = (after.get(path if path in chapters else last[place]), "")
        its_lab = (lab, "the lab of this chapter")
        if path == lab:
            steps = [(solutions, "the solutions, once yours pass"), onward]
        elif path in (solutions, last[place]):
            steps = [its_lab, onward]
        else:
            steps = [onward, its_lab]
        links = [
            f"[{words or title(to)}]({os.path.relpath(to, path.parent)})"
            for to, words in steps
            if to and to.exists()
        ]
        links.append(f"[all chapters]({os.path.relpath(TABLE, path.parent)}#chapters)")
        found[path] = BEGINNING + " · ".join(links)
    return found


def place_of(path: Path) -> str:
    """
    The folder that a chapter, its lab and its solutions share by name.
    """
    return path.relative_to(ROOT).parts[1]


def title(path: Path) -> str:
    """
    A notebook's number and its heading: "1.2 Stop a FastAPI service without losing a request".
    """
    heading, *_ = read(path).cells[0].source.removeprefix("# ").splitlines()
    return f"{path.stem.partition('_')[0]} {heading}"


def main() -> int:
    for path, way in ways().items():
        notebook = read(path)
        if notebook.cells[-1].source.startswith(BEGINNING):
            del notebook.cells[-1]
        notebook.cells.append(new_markdown_cell(way))
        normalise(notebook)
        if (stored := text(notebook)) != path.read_text(encoding="utf-8"):
            path.write_text(stored, encoding="utf-8")
            print(f"written  {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
