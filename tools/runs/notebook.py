"""
What in a notebook is the course's, and what is the reader's.

An open notebook carries in its metadata the digest of what the course had written when it was
opened: `{"course": {"base": "1f0a83c2…"}}`. So a run tells whether its reader has edited it,
and whether the course has changed since.
"""

import hashlib
import json

import nbformat
from ipykernel.ipkernel import IPythonKernel
from nbformat import NotebookNode

from tools.notebooks.views import drop_views

COURSE = "course"  # the key of all metadata of ours
FIXED = "fixed"  # said by workbench/_display.py of an output that is the same for everybody
NOTICE = "notice"


def read(stored: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.v4.reads(stored)  # without a second's validation
    return notebook


def as_opened(notebook: NotebookNode) -> NotebookNode:
    """
    The course's notebook without what was measured.
    """
    for cell in _code(notebook):
        cell.outputs = [out for out in cell.outputs if _said(out) == FIXED]
        cell.execution_count = None
    # What the kernel would fill in: else a notebook is "unsaved" as soon as it is opened.
    notebook.metadata.language_info = IPythonKernel.language_info
    notebook.metadata[COURSE] = {"base": digest(notebook)}
    return notebook


def as_kept(notebook: NotebookNode) -> NotebookNode:
    """
    A run without what is worth nothing later: our notice, widgets whose kernel is gone.
    """
    notebook.cells = [cell for cell in notebook.cells if _said(cell) != NOTICE]
    drop_views(notebook.cells)
    notebook.metadata.pop("widgets", None)
    return notebook


def digest(notebook: NotebookNode) -> str:
    """
    Of what was written: kinds and sources, not results.
    """
    written = [(cell.cell_type, "".join(cell.source)) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:16]


def base(notebook: NotebookNode) -> str | None:
    """
    The digest of the course's notebook that this one was opened from.
    """
    found: str | None = notebook.metadata.get(COURSE, {}).get("base")
    return found


def is_edited(notebook: NotebookNode) -> bool:
    return digest(notebook) != base(notebook)


def is_untouched(notebook: NotebookNode) -> bool:
    """
    Whether nothing in it is the reader's: no cell has run, and every word is the course's.
    """
    ran = any(cell.execution_count for cell in _code(notebook))
    return not ran and not is_edited(notebook)


def carried_over(run: NotebookNode, opened: NotebookNode) -> NotebookNode | None:
    """
    The course's new notebook with the results of a run, if that is what its code would give.
    """
    ran, new = _code(run), _code(opened)
    if is_edited(run) or [cell.source for cell in ran] != [cell.source for cell in new]:
        return None
    for before, now in zip(ran, new, strict=True):
        now.outputs, now.execution_count = before.outputs, before.execution_count
    return opened


def notice(text: str) -> NotebookNode:
    """
    A first cell that says something to the reader, and is never kept.
    """
    cell: NotebookNode = nbformat.v4.new_markdown_cell(
        text, id=f"{COURSE}-{NOTICE}", metadata={COURSE: NOTICE, "editable": False}
    )
    return cell


def _said(part: NotebookNode) -> object:
    return part.get("metadata", {}).get(COURSE)


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
