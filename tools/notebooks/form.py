"""
The form in which notebooks are stored.

The command, the plugin for pytest and the tests share it, so that they cannot disagree.
"""

import copy
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# An optional format of jsonschema compiles a grammar for two seconds (python-jsonschema#1428);
# to believe it absent costs nothing, since nbformat's schema has no such field.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from nbval.plugin import coalesce_streams  # noqa: E402

from .views import drop_views  # noqa: E402

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


FOLDED = "folded"  # the tag of a cell that draws or keeps books, and teaches nothing


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def text(notebook: NotebookNode) -> str:
    """
    The notebook as it is stored.
    """
    nbformat.validate(notebook)
    written: str = nbformat.writes(notebook)
    return written.rstrip("\n") + "\n"


def normalise(notebook: NotebookNode) -> None:
    """
    Drop what differs from editor to editor and from run to run.

    A cell's id is made from its kind and source, so it moves with its cell, and shows that a
    cell was edited after the last refresh. Results stay as they are.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    drop_views(notebook.cells)
    for cell, name in zip(notebook.cells, ids(notebook.cells), strict=True):
        cell.id = name
        cell.metadata = nbformat.from_dict(metadata(cell.metadata.get("tags", [])))
        if cell.cell_type == "code":
            cell.outputs = coalesce(cell.outputs)
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count


def metadata(tags: Sequence[str]) -> dict[str, object]:
    """
    The metadata of a cell: its tags, and what JupyterLab is told by them.

    What is FOLDED is run like any other cell; of its source only the first line is shown.
    """
    told = {"jupyter": {"source_hidden": True}} if FOLDED in tags else {}
    return told | ({"tags": list(tags)} if tags else {})


def ids(cells: Sequence[NotebookNode]) -> list[str]:
    """
    The ids that the cells have in normal form: `1f0a83c2`, the second one alike `1f0a83c2-2`.
    """
    names = []
    seen: dict[str, int] = {}
    for cell in cells:
        content = f"{cell.cell_type}\n{cell.source}".encode()
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        names.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return names


def cells_with_ids(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """
    Each cell with the id that it has in normal form.
    """
    return zip(notebook.cells, ids(notebook.cells), strict=True)


def coalesce(outputs: Sequence[NotebookNode]) -> list[NotebookNode]:
    """
    One stdout, one stderr, carriage returns obeyed, and no trace of a progress bar.

    A bar is overwritten with blanks and a carriage return. What comes after it on the line
    removes those; at the end of the text nothing does, and a cell that shows its bar on a slow
    machine only would differ by a line of blanks, or by having any output at all.
    """
    merged = coalesce_streams(copy.deepcopy(outputs))
    for output in merged:
        if output.output_type == "stream":
            output.text = re.sub(r"(?m)^ +\r$", "", output.text)
    return [o for o in merged if o.output_type != "stream" or o.text]
