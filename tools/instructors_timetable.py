"""
Fill in the times of the README's chapter table and of INSTRUCTORS.md: the clock and the sums.

    .venv/bin/python -m tools.instructors_timetable

The order of the rows is the guide's own, and so are the minutes of a break. The minutes of a
notebook are counted in it, those of an exercise come from its exercise.toml.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tools import ROOT

README = ROOT / "README.md"
GUIDE = ROOT / "INSTRUCTORS.md"
WORDS, LINES = 150, 25  # that are read in a minute
PREDICTION = 0.5  # minutes that one is pondered
RUNS = 1.1  # times the minutes of reading: the cells run meanwhile, and are waited for
TIMED = re.compile(r"^\| (\d\d:\d\d) \| (.+) \| (\d+) \|$")
SUM = re.compile(r"^\| [^|]+ \| \d+ \| \d+ \|$")
IN_README = re.compile(r"^\| \[[^]]+\]\(([^)]+)\) \| .+ \| (\d+) \|$", re.MULTILINE)
ADDRESS = re.compile(r"\]\([^)]*\)")
LINK = re.compile(r"\]\(([^)]+)\)")


def minutes_to_read(notebook: Path) -> int:
    """
    Minutes to read a notebook and to run it, in steps of five.
    """
    text, code = "", ""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "markdown":
            text += cell.source + "\n"
        elif not cell.metadata.get("jupyter", {}).get("source_hidden"):
            code += cell.source + "\n"
    words = len(ADDRESS.sub("", text).split())
    lines = sum(bool(line.strip()) for line in code.splitlines())
    minutes = RUNS * (words / WORDS + lines / LINES) + code.count("predict(") * PREDICTION
    return 5 * round(minutes / 5)


def readme_filled(readme: str) -> str:
    """
    The README with the minutes of its notebooks set right.
    """

    def row(found: re.Match[str]) -> str:
        if not found[1].startswith("chapters/"):
            return found[0]
        minutes = minutes_to_read(ROOT / found[1])
        return re.sub(r"\d+ \|$", f"{minutes} |", found[0])

    return IN_README.sub(row, readme)


def minutes_in_readme() -> dict[str, int]:
    readme = README.read_text(encoding="utf-8")
    return {path: int(minutes) for path, minutes in IN_README.findall(readme)}


def minutes_of(row: str, own: int, notebooks: dict[str, int]) -> int:
    """
    A row's minutes by what it links to; without a link, its own.
    """
    link = LINK.search(row)
    if link is None:
        return own
    if link[1] in notebooks:
        return notebooks[link[1]]
    exercise = (ROOT / link[1]).with_name("exercise.toml")
    minutes: int = tomllib.loads(exercise.read_text(encoding="utf-8"))["minutes"]
    return minutes


def sums(notebooks: dict[str, int]) -> Iterator[str]:
    """
    A row for each chapter: minutes of its notebooks, minutes of its lab; then all of them.
    """
    chapters: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path, minutes in notebooks.items():
        folder = re.sub(r"\.ipynb$", "", path.split("/")[1])
        chapters[folder][path.startswith("labs/")] += minutes
    chapters["all"] = [sum(each) for each in zip(*chapters.values(), strict=True)]
    for folder, (reading, lab) in chapters.items():
        name = folder.lstrip("0").replace("_", " ").strip()
        yield f"| {name} | {reading} | {lab} |"


def filled(guide: str) -> str:
    """
    The guide with its clock and its sums set right.
    """
    notebooks = minutes_in_readme()
    lines: list[str] = []
    clock = None
    for line in guide.splitlines():
        if row := TIMED.match(line):
            if clock is None:  # the first row of a table says when the day begins
                hour, minute = row[1].split(":")
                clock = int(hour) * 60 + int(minute)
            minutes = minutes_of(row[2], int(row[3]), notebooks)
            lines.append(f"| {clock // 60:02}:{clock % 60:02} | {row[2]} | {minutes} |")
            clock += minutes
        elif SUM.match(line):
            if not SUM.match(lines[-1]):
                lines.extend(sums(notebooks))
        else:
            clock = None
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    for path, fill in ((README, readme_filled), (GUIDE, filled)):
        text = path.read_text(encoding="utf-8")
        path.write_text(fill(text), encoding="utf-8")
        print(f"{path.name}: " + ("as before" if fill(text) == text else "new times"))


if __name__ == "__main__":
    main()
