"""
Which notebooks there are, and how they are named.
"""

from collections.abc import Sequence
from pathlib import Path

from tools import ROOT

COMMAND = ".venv/bin/python -m tools.notebooks"
FOLDERS = ("chapters", "labs", "solutions")


class Refused(Exception):
    """
    What was asked for cannot be done; the message says why and what to do.
    """


def on_disk() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.ipynb")]
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def chosen(names: Sequence[Path]) -> list[Path]:
    """
    The notebooks to work on: those named, or all there are.
    """
    for name in names:
        if name.suffix != ".ipynb" or not name.is_file():
            msg = f"{name} is not a notebook; `{COMMAND} list` names them all."
            raise Refused(msg)
    notebooks = [name.resolve() for name in names] or on_disk()
    if not notebooks:
        raise Refused(f"There is no notebook in {', '.join(FOLDERS)} under {ROOT}.")
    return notebooks
