"""
Execute notebooks, and store what has changed.
"""

import asyncio
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from . import compare, form
from .files import short
from .surroundings import Surroundings

CELL_TIMEOUT = 120  # seconds


async def refresh_all(notebooks: Sequence[Path], jobs: int, *, redraw: bool) -> bool:
    free = asyncio.Semaphore(jobs)

    async def when_free(path: Path) -> bool:
        async with free:
            return await refresh(path, redraw=redraw)

    return all(await asyncio.gather(*map(when_free, notebooks)))


async def refresh(path: Path, *, redraw: bool) -> bool:
    """
    Execute a notebook and store what has changed; whether it got through.
    """
    before = path.read_text(encoding="utf-8")
    old = form.read(path)
    new = form.read(path)
    started = time.monotonic()
    failure = await execute(new, path.parent)
    if failure:
        print(f"FAILED   {short(path)}, {failure}\n{short(path)} is left as it was.\n")
        return False
    form.normalise(new)
    if not redraw:
        keep_old_outputs(old, new)
    after = form.text(new)
    if after != before:
        path.write_text(after, encoding="utf-8")
    word = "same    " if after == before else "written "
    print(f"{word} {short(path)} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


async def execute(notebook: NotebookNode, cwd: Path) -> str:
    """
    Run all cells in a new kernel, numbered from one; return what went wrong, or nothing.
    """
    number = 0

    def count(cell: NotebookNode, cell_index: int) -> None:
        nonlocal number
        if cell.cell_type == "code":
            number += 1

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=count,
    )
    surroundings = Surroundings()
    try:
        await client.async_execute(env=surroundings.env, stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return f"cell {number}: {error}"
    finally:
        left_behind = await asyncio.to_thread(surroundings.clear)
    if left_behind:
        return "\n  ".join(["which left behind, and I removed:", *left_behind])
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
    return ""


def keep_old_outputs(old: NotebookNode, new: NotebookNode) -> None:
    """
    Keep every stored output that says the same as the new one, so that git sees no change.

    Pictures cannot be compared: an old one stays while its text twin and the sources down to
    its cell do. Down to its cell they are unchanged if each still has the id and the number of
    the last refresh.
    """
    old_code = [(c, i) for c, i in form.cells_with_ids(old) if c.cell_type == "code"]
    new_code = [cell for cell in new.cells if cell.cell_type == "code"]
    unchanged = True
    for (before, normal_id), now in zip(old_code, new_code, strict=True):
        unchanged &= (before.id, before.execution_count) == (normal_id, now.execution_count)
        outputs = form.coalesce(before.outputs)
        if compare.same(outputs, now.outputs) and (
            unchanged or not compare.has_picture(outputs)
        ):
            for kept, said in zip(outputs, now.outputs, strict=True):
                if "metadata" in said:  # the workbench's word about it, not a result
                    kept.metadata = said.metadata
            now.outputs = outputs
    form.normalise(new)
