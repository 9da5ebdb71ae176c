"""
Keep the notebooks true: execute, compare, and edit them as text.

    .venv/bin/python tools/notebooks.py list
    .venv/bin/python tools/notebooks.py refresh [NOTEBOOK …]   execute, store what has changed
    .venv/bin/python tools/notebooks.py test [NOTEBOOK …]      execute, compare with what is
                                               stored; --again: what fails, once more and alone
    .venv/bin/python tools/notebooks.py edit NOTEBOOK          as Python with `# %%` cells …
    .venv/bin/python tools/notebooks.py save NOTEBOOK          … and back

Without a NOTEBOOK, refresh and test take all in chapters/, labs/ and solutions/.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jupytext
import notebook_form
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from notebook_form import ROOT, TESTS

FOLDERS = ("chapters", "labs", "solutions")
CELL_TIMEOUT = 120  # seconds
SLOWEST = 10


class Refused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def on_disk() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.ipynb")]
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def serial() -> set[Path]:
    """
    The notebooks that measure so finely that nothing may run beside them (see pyproject.toml).
    """
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)["tool"]["notebooks"]
    return {ROOT / name for name in settings["serial"]}


def short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def chosen(names: Sequence[Path]) -> list[Path]:
    """
    The notebooks to work on: those named, or all there are.
    """
    for name in names:
        if name.suffix != ".ipynb" or not name.is_file():
            command = ".venv/bin/python tools/notebooks.py list"
            msg = f"{name} is not a notebook; `{command}` names them all."
            raise Refused(msg)
    notebooks = [name.resolve() for name in names] or on_disk()
    if not notebooks:
        raise Refused(f"There is no notebook in {', '.join(FOLDERS)} under {ROOT}.")
    return notebooks


# refresh


async def refresh(path: Path, *, redraw: bool) -> bool:
    """
    Execute a notebook and store what has changed; whether it got through.
    """
    before = path.read_text(encoding="utf-8")
    old = notebook_form.read(path)
    new = notebook_form.read(path)
    started = time.monotonic()
    failure = await execute(new, path.parent)
    if failure:
        print(f"FAILED   {short(path)}, {failure}\n{short(path)} is left as it was.\n")
        return False
    notebook_form.normalise(new)
    if not redraw:
        keep_old_outputs(old, new)
    after = notebook_form.text(new)
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
    surroundings = notebook_form.Surroundings()
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
    old_code = [(c, i) for c, i in cells_with_ids(old) if c.cell_type == "code"]
    new_code = [cell for cell in new.cells if cell.cell_type == "code"]
    unchanged = True
    for (before, normal_id), now in zip(old_code, new_code, strict=True):
        unchanged &= (before.id, before.execution_count) == (normal_id, now.execution_count)
        outputs = notebook_form.coalesce(before.outputs)
        if notebook_form.same(outputs, now.outputs) and (
            unchanged or not notebook_form.has_picture(outputs)
        ):
            now.outputs = outputs
    notebook_form.normalise(new)


def cells_with_ids(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    """
    Each cell with the id that it has in normal form.
    """
    return zip(notebook.cells, notebook_form.ids(notebook.cells), strict=True)


async def refresh_all(notebooks: Sequence[Path], jobs: int, *, redraw: bool) -> bool:
    alone = serial()
    free = asyncio.Semaphore(jobs)

    async def when_free(path: Path) -> bool:
        async with free:
            return await refresh(path, redraw=redraw)

    results = await asyncio.gather(*(when_free(p) for p in notebooks if p not in alone))
    results += [await refresh(path, redraw=redraw) for path in notebooks if path in alone]
    return all(results)


# edit and save


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
    notebook = notebook_form.read(path)
    only_tags = {"cell_metadata_filter": "tags,-all", "notebook_metadata_filter": "-all"}
    notebook.metadata = {"jupytext": only_tags}
    for cell in notebook.cells:
        cell.pop("id", None)
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(jupytext.writes(notebook, fmt="py:percent"), encoding="utf-8")
    print(f"Edit {short(source)}, then: .venv/bin/python tools/notebooks.py save {short(path)}")


def save(path: Path) -> None:
    source = as_text(path)
    if not source.exists():
        command = f".venv/bin/python tools/notebooks.py edit {short(path)}"
        msg = f"There is no {short(source)}: `{command}` makes it."
        raise Refused(msg)
    old = {c.id: c for c, i in cells_with_ids(notebook_form.read(path)) if c.id == i}
    new = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    notebook_form.normalise(new)
    for cell in new.cells:
        if cell.cell_type == "code" and cell.id in old:
            cell.outputs = old[cell.id].outputs
            cell.execution_count = old[cell.id].execution_count
    path.write_text(notebook_form.text(new), encoding="utf-8")
    source.unlink()
    print(
        f"Saved {short(path)}; now: .venv/bin/python tools/notebooks.py refresh {short(path)}"
    )


# test


def test(notebooks: Sequence[Path], keep: Path | None, *, again: bool) -> int:
    """
    Run pytest over the notebooks; its exit code, or 1 if it missed some.

    Args:
        notebooks: Those that must be run, and no others.
        keep: Where to leave the report, a line of JSON for each phase of each cell.
        again: Whether a notebook that fails is run once more, with nothing beside it.
    """
    alone = serial()
    together = [path for path in notebooks if path not in alone]
    one_by_one = [path for path in notebooks if path in alone]
    with tempfile.TemporaryDirectory(prefix="notebooks-") as folder:
        report = Path(folder, "report.jsonl")
        report.touch()
        codes = (
            [run_pytest(together, 2 if len(together) > 1 else 0, report)] if together else []
        )
        codes += [run_pytest(one_by_one, 0, report)] if one_by_one else []
        lines = read_report(report)
        red = sorted({Path(line["notebook"]) for line in lines if line["outcome"] == "failed"})
        if again and red and max(codes) == 1:  # a test has failed, and nothing worse
            print(f"\nOnce more, alone: {', '.join(map(short, red))}", flush=True)
            codes = [run_pytest(red, 0, report)]
        if keep:
            shutil.copyfile(report, keep)
    print_times(lines)
    missed = set(notebooks) ^ {Path(line["notebook"]) for line in lines}
    for path in sorted(missed):
        what = "was not run" if path in notebooks else "was run, and should not have been"
        print(f"RED: {short(path)} {what}.")
    return max(codes) or int(bool(missed))


def read_report(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]


def run_pytest(notebooks: Sequence[Path], workers: int, report: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "nbval_course", "--nbval"]
    command += ["--nbval-current-env", f"--nbval-sanitize-with={notebook_form.SANITIZER}"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", f"--nbval-report={report}"]
    command += ["-rfEs", f"--timeout={3 * CELL_TIMEOUT}", "-n", str(workers), "--dist=loadfile"]
    # pytest cannot name what is outside its root, and xdist goes by the names.
    command += [f"--rootdir={os.path.commonpath((ROOT, *notebooks))}", "-q"]
    command += ["-c", str(ROOT / "pyproject.toml")]
    command += [] if sys.stdout.isatty() else ["--color=no"]
    paths = (str(TESTS), os.environ.get("PYTHONPATH", ""))
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command += map(str, notebooks)
    return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode


def print_times(lines: Sequence[dict[str, Any]]) -> None:
    """
    Seconds for each notebook and for the slowest cells, the start of the kernel included.
    """
    cells: dict[tuple[Path, str], float] = {}
    notebooks: dict[Path, float] = {}
    for line in lines:
        path, cell, seconds = Path(line["notebook"]), line["cell"], line["seconds"]
        cells[path, cell] = cells.get((path, cell), 0) + seconds
        notebooks[path] = notebooks.get(path, 0) + seconds
    print("\nSlowest cells")
    slowest = sorted(cells.items(), key=lambda item: -item[1])[:SLOWEST]
    for (path, cell), seconds in slowest:
        print(f"{seconds:7.1f} s  {short(path)}  {cell}")
    print("Notebooks")
    for path, seconds in sorted(notebooks.items()):
        print(f"{seconds:7.1f} s  {short(path)}")


def main(arguments: Sequence[str] | None = None) -> int:
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = about.add_subparsers(
        dest="verb", required=True, metavar="list|refresh|test|edit|save"
    )
    verbs.add_parser("list")
    for verb in ("refresh", "test"):
        verbs.add_parser(verb).add_argument("notebooks", nargs="*", type=Path)
    for verb in ("edit", "save"):
        verbs.add_parser(verb).add_argument("notebooks", nargs=1, type=Path)
    options = verbs.choices["refresh"]
    options.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    options.add_argument(
        "--redraw",
        action="store_true",
        help="store all outputs anew, as after a change of style",
    )
    options = verbs.choices["test"]
    options.add_argument(
        "--again",
        action="store_true",
        help="run a notebook that fails once more, alone: what beside it kept the cores busy?",
    )
    options.add_argument(
        "--report", type=Path, help="keep what each cell did, as lines of JSON"
    )
    given = about.parse_args(arguments)
    try:
        match given.verb:
            case "list":
                for path in on_disk():
                    print(short(path))
            case "refresh":
                notebooks = chosen(given.notebooks)
                done = refresh_all(notebooks, given.jobs, redraw=given.redraw)
                return int(not asyncio.run(done))
            case "test":
                return test(chosen(given.notebooks), given.report, again=given.again)
            case "edit":
                edit(chosen(given.notebooks)[0])
            case "save":
                save(chosen(given.notebooks)[0])
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
