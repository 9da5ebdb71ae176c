"""
Notebooks as Python with `# %%` cells, and back.
"""

from pathlib import Path

import jupytext

from tools import ROOT

from . import form
from .files import COMMAND, Refused, short


def as_text(path: Path) -> Path:
    """
    Where a notebook is kept while it is edited as text.
    """
    inside = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    return ROOT / ".edit" / inside.with_suffix(".py")


def edit(path: Path) -> None:
    source = as_text(path)
    if source.exists():
        msg = f"{short(source)} is there already: save it, or delete it to start again."
        raise Refused(msg)
    notebook = form.read(path)
    only_tags = {"cell_metadata_filter": "tags,-all", "notebook_metadata_filter": "-all"}
    notebook.metadata = {"jupytext": only_tags}
    for cell in notebook.cells:
        cell.pop("id", None)
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(jupytext.writes(notebook, fmt="py:percent"), encoding="utf-8")
    print(f"Edit {short(source)}, then: {COMMAND} save {short(path)}")


def save(path: Path) -> None:
    source = as_text(path)
    if not source.exists():
        msg = f"There is no {short(source)}: `{COMMAND} edit {short(path)}` makes it."
        raise Refused(msg)
    old = {c.id: c for c, i in form.cells_with_ids(form.read(path)) if c.id == i}
    new = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    form.normalise(new)
    for cell in new.cells:
        if cell.cell_type == "code" and cell.id in old:
            cell.outputs = old[cell.id].outputs
            cell.execution_count = old[cell.id].execution_count
    path.write_text(form.text(new), encoding="utf-8")
    source.unlink()
    print(f"Saved {short(path)}; now: {COMMAND} refresh {short(path)}")
