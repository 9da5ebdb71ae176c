"""
Fill in the times of the README's tables and of INSTRUCTORS.md: the clock and the sums.

    .venv/bin/python -m tools.instructors_timetable

The order of the rows is the guide's own, and so are the minutes of a break. The minutes of a
notebook are counted in it, those of an exercise come from its exercise.toml. A row that names
parts of a notebook, by their headings in italics, has the minutes of these and of its words.
What a short way consists of is the guide's, too; the README's table of them says it shorter.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

import nbformat

from tools import ROOT

README = ROOT / "README.md"
GUIDE = ROOT / "INSTRUCTORS.md"
WORDS, LINES = 150, 25  # that are read in a minute
PREDICTION = 0.5  # minutes that one is pondered
RUNS = 1.1  # times the minutes of reading: the cells run meanwhile, and are waited for
NEW_WORDS = "Words"  # the heading of what is read with any part of a notebook
PAUSES = ("break", "lunch")
TIMED = re.compile(r"^\| (\d\d:\d\d) \| (.+) \| (\d+) \|$")
SUM = re.compile(r"^\| [^|]+ \| \d+ \| \d+ \|$")
IN_README = re.compile(r"^\| \[[^]]+\]\(([^)]+)\) \| .+ \| (\d+) \|$", re.MULTILINE)
ADDRESS = re.compile(r"\]\([^)]*\)")
LINK = re.compile(r"\]\(([^)]+)\)")
LINKED = re.compile(r"\[([^ \]]+)[^]]*\]\(([^)]+)\)")  # the first word says which it is
PART = re.compile(r"\*([^*]+)\*")
HEADING = re.compile(r"^(##+) (.+)$", re.MULTILINE)
WAY = re.compile(
    r"^(\| \[[^]]+\]\(INSTRUCTORS\.md#([^)]+)\) \| [^|]+ \|) [^|]* \| \d+ \|$", re.MULTILINE
)


def pieces(notebook: Path) -> Iterator[tuple[set[str], str, str]]:
    """
    A notebook from heading to heading: the headings that a piece stands below, text, code.

    Code that is folded is not read, and left out.
    """
    above: list[tuple[int, str]] = []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            folded = cell.metadata.get("jupyter", {}).get("source_hidden")
            yield {title for _, title in above}, "", "" if folded else cell.source
            continue
        for text in re.split(r"^(?=##+ )", cell.source, flags=re.MULTILINE):
            if heading := HEADING.match(text):
                level = len(heading[1])
                above = [(upper, title) for upper, title in above if upper < level]
                above.append((level, heading[2]))
            yield {title for _, title in above}, text, ""


def minutes_to_read(notebook: Path, parts: Collection[str] = ()) -> int:
    """
    Minutes to read a notebook and to run it, in steps of five; or parts of it, to the minute.
    """
    wanted, found = {NEW_WORDS, *parts}, set[str]()
    text, code = "", ""
    for headings, words_of_it, code_of_it in pieces(notebook):
        found |= headings
        if not parts or not wanted.isdisjoint(headings):
            text += words_of_it + "\n"
            code += code_of_it + "\n"
    if lacking := set(parts) - found:
        msg = f"{notebook.name} has no part named {', '.join(sorted(lacking))}."
        raise ValueError(msg)
    words = len(ADDRESS.sub("", text).split())
    lines = sum(bool(line.strip()) for line in code.splitlines())
    minutes = RUNS * (words / WORDS + lines / LINES) + code.count("predict(") * PREDICTION
    return round(minutes) if parts else 5 * round(minutes / 5)


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
    rows = IN_README.findall(readme)
    return {path: int(minutes) for path, minutes in rows if path.endswith(".ipynb")}


def minutes_of(row: str, own: int, notebooks: dict[str, int]) -> int:
    """
    A row's minutes by what it links to; where that is no notebook and no exercise, its own.
    """
    link = LINK.search(row)
    if link is None or link[1].startswith("README.md"):
        return own
    if parts := PART.findall(row):
        return minutes_to_read(ROOT / link[1], parts)
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


def ways(guide: str) -> dict[str, tuple[str, int]]:
    """
    Of each of the guide's timetables, by its anchor: links to what it does, and its minutes.
    """
    found = {}
    for part in re.split(r"^(?=##+ )", guide, flags=re.MULTILINE):
        rows = [row for line in part.splitlines() if (row := TIMED.match(line))]
        if (heading := HEADING.match(part)) and rows:
            anchor = re.sub(r"[^\w -]", "", heading[2].lower()).replace(" ", "-")
            links = [link for row in rows for link in LINKED.findall(row[2])[:1]]
            shown = (f"[{name}]({to})" for name, to in links if not to.startswith("README.md"))
            minutes = sum(int(row[3]) for row in rows if row[2] not in PAUSES)
            found[anchor] = ", ".join(shown), minutes
    return found


def with_ways(readme: str) -> str:
    """
    The README with what the guide's short ways consist of, and their minutes.
    """
    known = ways(GUIDE.read_text(encoding="utf-8"))

    def row(found: re.Match[str]) -> str:
        links, minutes = known[found[2]]
        return f"{found[1]} {links} | {minutes} |"

    return WAY.sub(row, readme)


def main() -> None:
    for path, fill in ((README, readme_filled), (GUIDE, filled), (README, with_ways)):
        text = path.read_text(encoding="utf-8")
        path.write_text(fill(text), encoding="utf-8")
        print(f"{path.name}: " + ("as before" if fill(text) == text else "new times"))


if __name__ == "__main__":
    main()
