"""
What share of the changes of each solution its check fails, as it was counted last.
"""

from collections.abc import Mapping

from tools import ROOT

FILE = ROOT / "tests" / "mutants.txt"  # a line each: the exercise, how many fail, of how many


def kept() -> dict[str, tuple[int, int]]:
    text = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    rows = (line.split() for line in text.splitlines())
    return {path: (int(failed), int(counted)) for path, failed, counted in rows}


def keep(counted: Mapping[str, tuple[int, int]]) -> None:
    """
    Note what was counted of whole exercises: failed, and of how many that are not allowed.
    """
    rows = kept() | dict(counted)
    lines = [f"{path}  {failed}  {of}\n" for path, (failed, of) in sorted(rows.items())]
    FILE.write_text("".join(lines), encoding="utf-8")


def percent(failed: int, of: int) -> str:
    return f"{100 * failed / of:.0f} %" if of else "–"
