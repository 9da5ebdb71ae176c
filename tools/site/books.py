"""
A notebook as the site shows it: with the results that it is stored with, for who only reads.
"""

import html
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

import nbformat
from nbformat import NotebookNode

from tools.notebooks.form import FOLDED

from .links import Places, address, outside_code, relink

ASKS = re.compile(r"\bpredict\(")
NAMED = re.compile(r"(\w+) = predict\(")
SETTLED = re.compile(r"(\w+)\.settle\(")
TASK = re.compile(r"= exercise\(")
HEADING = re.compile(r"(?m)^#{1,6} ")
BREAK = "\f"  # stands in no cell
SHOWN = re.compile(r"\*(?P<name>[^*,\n]+)(?P<part>, [^*\n]+)?\*\n```")
CHANGED = re.compile(r"<em>from (?P<before>\S+) to (?P<after>\S+)</em>")
ASKED = "**Prediction.** "
YOURS = "*What do you expect? What was measured is below, once you have decided.*"


def as_read(book: NotebookNode, path: str, places: Places) -> NotebookNode:
    """
    A notebook with its links, the words of its pictures, and a fold before each answer.
    """
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = relink(cell.source, path, places)
            continue
        cell.metadata = nbformat.from_dict(_told(cell))
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/markdown" in data:
                data["text/markdown"] = _said(data["text/markdown"], path, places)
            if "text/html" in data:
                data["text/html"] = _compared(data["text/html"], path, places)
    if path.startswith("solutions/"):
        book.cells = list(_folded(book.cells, sets_a_task, "A solution"))
    else:
        book.cells = list(_folded(book.cells, asks, "What was measured"))
    return book


def words_of(cell: NotebookNode) -> str:
    """
    The words of a cell's picture: those that it was stored with, or the title that it sets.
    """
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}):
            alt = output.metadata.get("image/png", {}).get("alt")
            title = re.search(r"title\(\s*\"([^\"]+)\"", cell.source)
            return str(alt or (title and title[1]) or "")
    return ""


def asks(cell: NotebookNode) -> bool:
    """
    Whether a cell asks for a prediction.
    """
    return cell.cell_type == "code" and bool(ASKS.search(cell.source))


def sets_a_task(cell: NotebookNode) -> bool:
    """
    Whether a cell shows the task of an exercise.
    """
    return cell.cell_type == "code" and bool(TASK.search(cell.source))


def _told(cell: NotebookNode) -> dict[str, object]:
    """
    What MyST-NB is told of a cell: the words of its picture, and whether its code is folded.
    """
    told: dict[str, object] = {}
    if words := words_of(cell):
        told["mystnb"] = {"image": {"alt": words}}
    if asks(cell):
        told["tags"] = ["remove-input"]  # the question says it all
    elif FOLDED in cell.metadata.get("tags", []):
        told["tags"] = ["hide-input"]
    return told


def _said(text: str, path: str, places: Places) -> str:
    if text.startswith(ASKED):
        question, _, _ = text.rpartition("\n\n")
        return f"{question}\n\n{YOURS}"
    text = relink(text, path, places, drop=True)
    named = SHOWN.match(text)
    if named and (page := _page(named["name"], path, places)):
        part = named["part"] or ""
        text = f"[*{named['name']}*]({address(page, path)}){part}\n```{text[named.end() :]}"
    return text


def _compared(text: str, path: str, places: Places) -> str:
    def link(name: str) -> str:
        page = _page(name, path, places)
        if page is None:
            return html.escape(name)
        there = address(str(PurePosixPath(page).with_suffix(".html")), path)
        return f'<a href="{there}">{html.escape(name)}</a>'

    return CHANGED.sub(
        lambda found: f"<em>from {link(found['before'])} to {link(found['after'])}</em>", text
    )


def _page(name: str, path: str, places: Places) -> str | None:
    """
    The page of a file that a notebook shows, by the name that it shows it under.
    """
    folder = posixpath.dirname(path)
    inside = posixpath.normpath(posixpath.join(folder, name))
    found = {f for f in places.files if f == inside or f.startswith(f"{folder}/")}
    named = [f for f in found if f == inside or f.endswith(f"/{name}")]
    return places.page_of(named[0]) if len(named) == 1 else None


def _folded(
    cells: Sequence[NotebookNode], poses: Callable[[NotebookNode], bool], summary: str
) -> Iterator[NotebookNode]:
    """
    The cells, and a fold from what poses a question to the next one, or to the next heading.

    What is settled only below another heading waits in a fold there, too.
    """
    posed = is_open = False
    unsettled: set[str] = set()
    for cell in _parted(cells):
        ends = poses(cell) or (cell.cell_type == "markdown" and HEADING.match(cell.source))
        if is_open and ends:
            yield nbformat.v4.new_markdown_cell("</details>")
            is_open = False
        if posed and not ends:
            fold = f'<details class="answer"><summary>{summary}</summary>'
            yield nbformat.v4.new_markdown_cell(fold)
            is_open = True
        yield cell
        unsettled |= set(NAMED.findall(cell.source))
        unsettled -= set(SETTLED.findall(cell.source))
        posed = poses(cell) or bool(ends and unsettled)
    if is_open:
        yield nbformat.v4.new_markdown_cell("</details>")


def _parted(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    """
    The cells, and a heading always at the beginning of one: no fold reaches across it.
    """
    for cell in cells:
        if cell.cell_type != "markdown":
            yield cell
            continue
        marked = outside_code(cell.source, lambda prose: HEADING.sub(BREAK + r"\g<0>", prose))
        for part in marked.split(BREAK):
            if part.strip():
                yield nbformat.v4.new_markdown_cell(part.rstrip())
