"""
The form of every notebook, and every link; nothing is executed here.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from tests.tools.tiny_notebooks import code, notebook, prose
from tools import ROOT
from tools.notebooks import form
from tools.notebooks.files import FOLDERS, on_disk, short

MOST_BYTES = 1_000_000
MOST_LINES = 25
OPENING = ["What you'll do", "What you'll learn", "What you'll need"]
CLOSING = ["Summary", "In production", "On your own", "Further reading"]

BANNED = {
    "clear_output": "nbval cannot compare it",
    "%%writefile": "a file beside the notebook is linted, edited and compared",
    "NBVAL_": "a cell that is not compared proves nothing",
    "PYTEST_VALIDATE": "a cell that is not compared proves nothing",
}


# The rules


def problems(path: Path) -> list[str]:
    """
    All that is wrong with the form of a notebook.
    """
    book = form.read(path)
    inside = [part for part in path.parts if part in FOLDERS]  # a clone may be named so, too
    return [
        *stored_form(path, book),
        *(wrong for n, cell in code_cells(book) for wrong in cell_form(n, cell)),
        *(frame(path, book) if inside[-1:] == ["chapters"] else []),
    ]


def stored_form(path: Path, book: NotebookNode) -> Iterator[str]:
    normal = form.read(path)
    form.normalise(normal)
    if form.text(normal) != path.read_text(encoding="utf-8"):
        command = f".venv/bin/python -m tools.notebooks refresh {short(path)}"
        yield f"is not in normal form: run `{command}`"
    if path.stat().st_size > MOST_BYTES:
        yield f"has {path.stat().st_size:,} bytes, more than {MOST_BYTES:,}: smaller plots"


def code_cells(book: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    return enumerate((c for c in book.cells if c.cell_type == "code"), start=1)


def cell_form(number: int, cell: NotebookNode) -> Iterator[str]:
    lines = len(cell.source.splitlines())
    if cell.execution_count != number:
        yield f"cell {number} has the number {cell.execution_count}: refresh it"
    if not cell.source.strip():
        yield f"cell {number} is empty"
    if lines > MOST_LINES:
        yield f"cell {number} has {lines} lines, of {MOST_LINES} at most"
    for word, reason in BANNED.items():
        if word in cell.source:
            yield f"cell {number} has {word}: {reason}"
    for tag in cell.metadata.get("tags", []):
        if tag.startswith("nbval-"):
            yield f"cell {number} has the tag {tag}: a cell that is not compared proves nothing"
    yield from outputs_form(number, cell)


def outputs_form(number: int, cell: NotebookNode) -> Iterator[str]:
    meant = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if output.output_type == "error" and not meant:
            yield f"cell {number} has stored a {output.ename} that is not meant"
        if output.get("name") == "stderr":
            yield f"cell {number} has stored noise on stderr: {output.text[:80]!r}"
        if "image/svg+xml" in output.get("data", {}):
            yield f"cell {number} has an SVG: a fresh clone does not show it; use PNG"
        # Not from each slash of a picture, which is a word of half a million letters.
        text = str(output).replace("\\n", " ")
        program = re.search(r"(?<![\w./+-])/[^\s\"'`>]*/bin/(?:course|python)\b", text)
        if program:
            yield f"cell {number} says where programs are on this machine: {program[0]}"


def frame(path: Path, book: NotebookNode) -> Iterator[str]:
    """
    What a chapter's notebook begins and ends with.
    """
    found = list(headings(markdown(book)))
    levels = [level for level, _ in found]
    if levels[:1] != [1] or levels.count(1) != 1 or book.cells[0].cell_type != "markdown":
        yield "does not begin with its title, the only heading of level 1"
    sections = [title.replace("’", "'") for level, title in found if level == 2]
    closing = list(CLOSING)
    if path.name == "00_start_here.ipynb" and "In production" not in sections:
        closing.remove("In production")
    if sections[: len(OPENING)] != OPENING:
        yield f"does not open with the sections {', '.join(OPENING)}"
    if sections[-len(closing) :] != closing:
        yield f"does not end with the sections {', '.join(closing)}"
    learn = re.search(r"(?ms)^## What you['’]ll learn$(.*?)(?=^## |\Z)", markdown(book))
    bullets = re.findall(r"(?m)^[-*] (.*)", learn[1]) if learn else []
    if not 3 <= len(bullets) <= 5:
        yield f"promises {len(bullets)} things to learn, not three to five"
    for bullet in bullets:
        if re.search(r"\babout\b", bullet):
            yield f"promises to teach *about* something: {bullet!r}; say what one can do then"


def unmentioned(folder: Path) -> list[str]:
    """
    The files in a chapter's folder that none of its notebooks names.
    """
    books = [form.read(path) for path in sorted(folder.glob("*.ipynb"))]
    said = "\n".join(cell.source for book in books for cell in book.cells)
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and p.suffix != ".ipynb"]
    # `uvicorn drops:app` runs drops.py as well as `python drops.py` does.
    return [
        path.name
        for path in files
        if not re.search(rf"\b({re.escape(path.name)}|{re.escape(path.stem)}:\w+)", said)
        and not path.name.startswith(".")
    ]


# Links


@dataclass(frozen=True)
class Page:
    """
    A notebook or a .md file as markdown.
    """

    path: Path
    source: str

    @classmethod
    def read(cls, path: Path) -> "Page":
        if path.suffix == ".ipynb":
            return cls(path, markdown(form.read(path)))
        return cls(path, path.read_text(encoding="utf-8"))

    @property
    def anchors(self) -> set[str]:
        """
        The anchors of the headings, as JupyterLab makes them, or a code host for a .md file.
        """
        titles = [title for _, title in headings(self.source)]
        if self.path.suffix == ".ipynb":
            return {title.replace(" ", "-") for title in titles}
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def markdown(book: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")


def headings(source: str) -> Iterator[tuple[int, str]]:
    """
    Level and text of each heading.
    """
    tokens = MarkdownIt().parse(source)
    for opening, inside in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            words = (child.content for child in inside.children or [])
            yield int(opening.tag[1:]), "".join(words)


def links(source: str) -> Iterator[str]:
    """
    The target of each link and image, those in HTML included.
    """
    for token in MarkdownIt().enable("table").parse(source):
        for part in (token, *(token.children or [])):
            if part.type in ("link_open", "image"):
                yield str(part.attrs.get("href") or part.attrs.get("src") or "")
            if part.type in ("html_inline", "html_block"):
                yield from re.findall(r'(?:href|src)="([^"]*)"', part.content)


def broken_links(path: Path) -> list[str]:
    page = Page.read(path)
    found = ((link, what_is_wrong(page, link)) for link in links(page.source))
    return [f"{link!r} {wrong}" for link, wrong in found if wrong]


def what_is_wrong(page: Page, link: str) -> str:
    """
    Why a link leads nowhere, or nothing; an address on the internet is only looked at.
    """
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        good = parts.scheme in ("http", "https") and re.fullmatch(r"[\w.:-]+", parts.netloc)
        return "" if good and not re.search(r"\s", link) else "is no address of a web page"
    target = page.path
    if parts.path:
        target = page.path.parent / unquote(parts.path)
        if not target.exists():
            return "leads to no file"
    if parts.fragment:
        anchors = Page.read(target).anchors if target.suffix in (".ipynb", ".md") else set()
        if unquote(parts.fragment) not in anchors:
            return f"leads to no heading of {target.name}; it has {sorted(anchors)}"
    return ""


def pages() -> list[Path]:
    found = (path for path in ROOT.rglob("*.md") if path.is_file())
    inside = ((path, path.relative_to(ROOT).parts) for path in found)
    ours = [p for p, parts in inside if parts[0] != "work" and not apart(parts)]
    return sorted([*ours, *on_disk()])


def apart(parts: tuple[str, ...]) -> bool:
    hidden = any(part.startswith(".") and part != ".github" for part in parts)
    return hidden or "node_modules" in parts


# The course obeys them


@pytest.mark.parametrize("path", on_disk(), ids=short)
def test_form(path: Path) -> None:
    """
    Each notebook is stored, executed and framed as the course does it.
    """
    found = problems(path)

    assert not found, "; ".join(found)


@pytest.mark.parametrize("path", pages(), ids=short)
def test_links(path: Path) -> None:
    """
    Each link in a notebook or a page leads somewhere.
    """
    assert broken_links(path) == []


def test_files_are_mentioned() -> None:
    """
    Each file beside a chapter's notebooks is named by one of them.
    """
    folders = {path.parent for path in on_disk() if path.is_relative_to(ROOT / "chapters")}
    assert {short(folder): unmentioned(folder) for folder in sorted(folders)} == {
        short(folder): [] for folder in sorted(folders)
    }


# And each rule can say no


BEGIN = """\
# Lose nothing

## What you'll do
Stop a service.

## What you'll learn
- Stop a service without losing a request
- Read an exit code
- Find the slowest request

## What you'll need
Five minutes."""
END = "## Summary\nDone.\n\n## In production\n…\n\n## On your own\n…\n\n## Further reading\n…"


def good() -> list[NotebookNode]:
    return [prose(BEGIN), code("print('8 ok')", "8 ok\n"), prose(END)]


def store(folder: Path, book: NotebookNode, name: str = "1.1_toy.ipynb") -> Path:
    path = folder / "chapters" / "01_toy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(form.text(book), encoding="utf-8")
    return path


def test_good_notebook(tmp_path: Path) -> None:
    """
    A notebook that obeys all rules has no problems.
    """
    assert problems(store(tmp_path, notebook(*good()))) == []


def output(kind: str, **fields: object) -> Callable[[NotebookNode], None]:
    def add(book: NotebookNode) -> None:
        book.cells[1].outputs = [nbformat.v4.new_output(kind, **fields)]

    return add


def source(text: str) -> Callable[[NotebookNode], None]:
    def put(book: NotebookNode) -> None:
        book.cells[1].source = text
        form.normalise(book)

    return put


def prose_instead(old: str, new: str) -> Callable[[NotebookNode], None]:
    def replace(book: NotebookNode) -> None:
        assert old in markdown(book)
        for cell in book.cells:
            cell.source = cell.source.replace(old, new)
        form.normalise(book)

    return replace


def tag(name: str) -> Callable[[NotebookNode], None]:
    return lambda book: book.cells[1].metadata.update(tags=[name])


SVG = {"image/svg+xml": "<svg/>"}
BIG = {"image/png": "A" * MOST_BYTES}
BAD: dict[str, tuple[Callable[[NotebookNode], None], str]] = {
    "an id": (lambda book: book.cells[0].update(id="1234"), "not in normal form"),
    "times": (lambda book: book.cells[1].metadata.update(execution={}), "not in normal form"),
    "a version": (
        lambda book: book.metadata.language_info.update(version="3.14"),
        "not in normal form",
    ),
    "not executed": (
        lambda book: book.cells[1].update(execution_count=None),
        "cell 1 has the number None",
    ),
    "out of order": (
        lambda book: book.cells[1].update(execution_count=2),
        "cell 1 has the number 2",
    ),
    "size": (output("display_data", data=BIG), "bytes, more than 1,000,000"),
    "an error": (
        output("error", ename="KeyError", evalue="x", traceback=[]),
        "stored a KeyError that is not meant",
    ),
    "stderr": (output("stream", name="stderr", text="old!"), "noise on stderr: 'old!'"),
    "a path": (
        output("stream", name="stdout", text="again: `/opt/course/.venv/bin/course check x`"),
        "says where programs are on this machine: /opt/course/.venv/bin/course",
    ),
    "SVG": (output("display_data", data=SVG), "cell 1 has an SVG"),
    "clear_output": (source("clear_output()"), "has clear_output: nbval cannot"),
    "writefile": (source("%%writefile app.py\nx = 1"), "has %%writefile"),
    "a comment for nbval": (source("# NBVAL_SKIP\nx = 1"), "has NBVAL_: a cell that is not"),
    "a tag for nbval": (tag("nbval-skip"), "has the tag nbval-skip"),
    "no code": (source(""), "cell 1 is empty"),
    "lines": (source("x = 1\n" * 26), "cell 1 has 26 lines, of 25"),
    "no title": (prose_instead("# Lose", "Lose"), "does not begin with its title"),
    "two titles": (prose_instead("Done.", "# Done"), "does not begin with its title"),
    "opening": (prose_instead("## What you'll do", "## Aim"), "does not open with"),
    "closing": (prose_instead("## In production", "### In production"), "does not end with"),
    "few promises": (prose_instead("- Read an exit code\n", ""), "promises 2 things"),
    "about": (
        prose_instead("Read an exit code", "Learn about exit codes"),
        "teach *about* something: 'Learn about exit codes'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_notebook(name: str, tmp_path: Path) -> None:
    """
    Each rule finds the notebook that breaks it, and no other rule does.
    """
    spoil, expected = BAD[name]
    book = notebook(*good())
    spoil(book)
    (problem,) = problems(store(tmp_path, book))
    assert expected in problem


def test_start_here_needs_no_production(tmp_path: Path) -> None:
    """
    The first notebook may do without "In production", but not without the rest.
    """
    book = notebook(*good())
    prose_instead("## In production\n…\n\n", "")(book)
    path = store(tmp_path, book, "00_start_here.ipynb")
    assert problems(path) == []
    prose_instead("## Summary\nDone.\n\n", "")(book)
    (problem,) = problems(store(tmp_path, book, path.name))
    assert "does not end with" in problem


def test_unmentioned_file(tmp_path: Path) -> None:
    """
    A service that no notebook runs or names is found.
    """
    path = store(tmp_path, notebook(*good(), code('start("uvicorn drops:app --port {port}")')))
    for name in ("drops.py", "drains.py"):
        path.with_name(name).touch()
    assert unmentioned(path.parent) == ["drains.py"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("../../page.md#what-its-for", ""),
        ("#What-you'll-do", ""),
        ("../01_toy/", ""),
        ("https://docs.python.org/3/library/signal.html#signal.signal", ""),
        ("../../nowhere.md", "leads to no file"),
        ("../../page.md#What-its-for", "leads to no heading of page.md"),
        ("#what-you'll-do", "leads to no heading of 1.1_toy.ipynb"),
        ("https:/docs.python.org", "is no address of a web page"),
        ("htp://docs.python.org", "is no address of a web page"),
    ],
)
def test_link(link: str, expected: str, tmp_path: Path) -> None:
    """
    A link to a missing file, to a missing heading or to no web page is found.
    """
    (tmp_path / "page.md").write_text("# A page\n## What `it`'s for\n", encoding="utf-8")
    path = store(tmp_path, notebook(*good(), prose(f"See [there]({link}).")))
    found = broken_links(path)
    assert [expected in problem for problem in found] == ([True] if expected else [])


@pytest.mark.parametrize(
    "text", ["![plot](no.png)", '<img src="no.png">', "[a]: no.png\n\n[a]"]
)
def test_every_kind_of_link(text: str, tmp_path: Path) -> None:
    """
    Images, HTML and references are links too; code is not.
    """
    path = tmp_path / "page.md"
    path.write_text(f"{text}\n\n`[a](other.png)`\n", encoding="utf-8")
    assert broken_links(path) == ["'no.png' leads to no file"]
