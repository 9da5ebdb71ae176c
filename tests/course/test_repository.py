"""
What the repository says of itself is true.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tools import ROOT, readme_picture, trial_picture
from tools.notebooks.files import on_disk
from tools.notebooks.form import read
from workbench.trial.page import LINES

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHAPTERS = [path for path in on_disk() if path.is_relative_to(ROOT / "chapters")]
DOCUMENT = ROOT / "docs" / "document.md"
SECTION = re.compile(r"^### (\d\.\d) (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^]]+\]\(([^)]+)\)")
CLONE_MB = 11
MOST_FILES = 20  # in a folder that somebody wants to look through


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
    remedy = "run: .venv/bin/python -m tools.readme_picture"
    assert readme_picture.PICTURE.read_bytes() == readme_picture.stored(), remedy


def test_page_of_a_trial() -> None:
    """
    The README's page of a trial is one page, and drawn by its tool.
    """
    remedy = "remove it, and run: .venv/bin/python -m tools.trial_picture"
    picture = trial_picture.PICTURE.read_text(encoding="utf-8")
    typed, _, *page = trial_picture.lines_of(picture)

    assert trial_picture.drawn([typed, _, *page]) == picture, remedy
    assert typed == f"$ {trial_picture.TYPED}", remedy
    assert len(page) <= LINES
    assert README.count(f"({trial_picture.PICTURE.relative_to(ROOT)})") == 1


def test_lines() -> None:
    """
    The README's lines of Python are a cell of that notebook.
    """
    (lines,) = re.findall(r"```python\n(.*?)\n```", README, re.DOTALL)

    assert lines in [cell.source for cell in read(readme_picture.NOTEBOOK).cells]


@pytest.mark.parametrize("path", CHAPTERS, ids=str)
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


def test_folders_of_the_chapters() -> None:
    """
    No folder of the chapters has more files than can be looked through.
    """
    files = [Path(name) for name in tracked() if name.startswith("chapters/")]
    counts = Counter(file.parent for file in files if (ROOT / file).is_file())

    assert {folder: n for folder, n in counts.items() if n > MOST_FILES} == {}


# The map

MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_paths_on_the_map() -> None:
    """
    Every path on it exists, for some chapter where it says CHAPTER; a name, in some folder.
    """
    text = re.sub(r"^```.*?^```$", "", MAP, flags=re.MULTILINE | re.DOTALL)
    paths = re.findall(r"`([\w.-]*[/.][\w./-]*)`", text)
    assert len(paths) > 50, "hardly any path was found on it"
    names = {Path(name).name for name in tracked()}

    def exists(path: str) -> bool:
        if "/" not in path:
            return path in names
        pattern = re.sub(r"\b(CHAPTER|NOTEBOOK|EXERCISE)\b", "*", path)
        return path.startswith("work/") or any(ROOT.glob(pattern))  # the reader's is not here

    assert [path for path in paths if not exists(path)] == []


def test_folders_on_the_map() -> None:
    """
    Its picture has every folder at the top of the repository, and no other but the reader's.
    """
    picture = MAP.split("```")[1]
    drawn = set(re.findall(r"^(?:(\w+)/ +)(?:(\w+)/ +)?", picture, re.MULTILINE))
    there = {name.partition("/")[0] for name in tracked() if re.match(r"\w+/", name)}

    assert {name for names in drawn for name in names if name} == there | {"work"}


def test_what_the_workbench_imports() -> None:
    """
    It knows nothing of what it serves: no stand-in, no tool, no test.
    """
    imports = re.compile(r"^\s*(?:from|import) (?:stand_ins|tools|tests)\b", re.MULTILINE)

    assert [
        path
        for path in sorted((ROOT / "workbench").rglob("*.py"))
        if imports.search(path.read_text(encoding="utf-8"))
    ] == []


# The document that the course follows


class Row(NamedTuple):
    """
    What the document's table says of a notebook.
    """

    section: str
    snippets: list[Path]
    exercises: list[Path]


def rows() -> dict[Path, Row]:
    def linked(cell: str) -> list[Path]:
        return [(DOCUMENT.parent / link).resolve() for link in LINK.findall(cell)]

    found = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and ".ipynb)" in line:
            section, notebook, snippets, exercises = line.strip("| ").split(" | ")
            found[linked(notebook)[0]] = Row(section, linked(snippets), linked(exercises))
    return found


def sections() -> dict[str, tuple[str, str]]:
    """
    Of each section's number: the anchor that a code host gives its heading, and its text.
    """
    found = {}
    _, *parts = SECTION.split(DOCUMENT.read_text(encoding="utf-8"))
    for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        anchor = re.sub(r"[^\w -]", "", f"{number} {title}".lower()).replace(" ", "-")
        found[number] = anchor, re.split(r"^## ", text, flags=re.MULTILINE)[0]
    return found


NOTEBOOKS = CHAPTERS[1:]  # without the one about the tools


def number(notebook: Path) -> str:
    return notebook.stem.partition("_")[0]


def snippets(notebook: Path) -> list[Path]:
    found = sorted(notebook.parent.rglob("document_*"))
    return [path for path in found if "__pycache__" not in path.parts]


def test_table_of_the_document() -> None:
    """
    The document's table has a row for every notebook, with its section and its snippets.
    """
    anchors = {name: anchor for name, (anchor, _) in sections().items()}
    seen = {path: (row.section, row.snippets) for path, row in rows().items()}

    assert seen == {
        path: (
            f"[{name}](#{anchors[name]})" if (name := number(path)) in anchors else "beyond it",
            snippets(path),
        )
        for path in NOTEBOOKS
    }


def test_exercises_in_the_table_of_the_document() -> None:
    """
    Every exercise is in one row, that of a notebook of its chapter.
    """
    placed = [
        (path.parents[1].name, task) for path, row in rows().items() for task in row.exercises
    ]

    assert all(task.parents[1] == ROOT / "labs" / chapter for chapter, task in placed)
    assert sorted(task for _, task in placed) == sorted(ROOT.glob("labs/*/*/task.md"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_notebooks_name_their_section(path: Path) -> None:
    """
    A notebook's first cell links its section of the document, or says that it has none.
    """
    up = "../" * len(path.parent.relative_to(ROOT).parts)
    anchor, _ = sections().get(number(path), ("", ""))
    sentence = f"This notebook goes beyond [the document]({up}docs/document.md)."
    if anchor:
        link = f"[section {number(path)} of the document]({up}docs/document.md#{anchor})"
        sentence = f"This notebook follows {link}."

    assert sentence in read(path).cells[0].source


def in_order(lines: Iterable[str], text: str) -> bool:
    rest = iter([line.strip() for line in text.splitlines()])
    return all(line.strip() in rest for line in lines if line.strip())


@pytest.mark.parametrize(
    ("name", "snippet"),
    [
        (name, snippet)
        for name, (_, text) in sections().items()
        for snippet in re.findall(r"^```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ],
)
def test_snippets_are_as_they_were_written(name: str, snippet: str) -> None:
    """
    Each snippet of the document is in a file of its section's notebook, line by line.
    """
    (notebook,) = (path for path in NOTEBOOKS if number(path) == name)
    # No notebook asks the world outside: 5.1 says so where it puts its own address.
    lines = snippet.replace('"https://api.example.com"', "STOCK").splitlines()

    assert any(in_order(lines, path.read_text(encoding="utf-8")) for path in snippets(notebook))
