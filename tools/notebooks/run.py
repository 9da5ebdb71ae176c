"""
Run pytest over notebooks, with nbval and its mends, and say which ran and for how long.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools import ROOT

from .compare import SANITIZER
from .files import short
from .refresh import CELL_TIMEOUT

PLUGIN = "tools.notebooks.nbval_plugin"
SLOWEST = 10


def test(notebooks: Sequence[Path], keep: Path | None, *, again: bool) -> int:
    """
    Run pytest over the notebooks; its exit code, or 1 if it missed some.

    Args:
        notebooks: Those that must be run, and no others.
        keep: Where to leave the report, a line of JSON for each phase of each cell.
        again: Whether a notebook that fails is run once more, with nothing beside it.
    """
    with tempfile.TemporaryDirectory(prefix="notebooks-") as folder:
        report = Path(folder, "report.jsonl")
        report.touch()
        code = run_pytest(notebooks, 2 if len(notebooks) > 1 else 0, report)
        lines = read_report(report)
        red = sorted({Path(line["notebook"]) for line in lines if line["outcome"] == "failed"})
        if again and red and code == 1:  # a test has failed, and nothing worse
            print(f"\nOnce more, alone: {', '.join(map(short, red))}", flush=True)
            code = run_pytest(red, 0, report)
        if keep:
            shutil.copyfile(report, keep)
    print_times(lines)
    missed = set(notebooks) ^ {Path(line["notebook"]) for line in lines}
    for path in sorted(missed):
        what = "was not run" if path in notebooks else "was run, and should not have been"
        print(f"RED: {short(path)} {what}.")
    return code or int(bool(missed))


def read_report(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]


def run_pytest(notebooks: Sequence[Path], workers: int, report: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "--nbval"]
    command += ["--nbval-current-env", f"--nbval-sanitize-with={SANITIZER}"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT}", f"--nbval-report={report}"]
    command += ["-rfEs", f"--timeout={3 * CELL_TIMEOUT}", "-n", str(workers), "--dist=loadfile"]
    # pytest cannot name what is outside its root, and xdist goes by the names.
    command += [f"--rootdir={os.path.commonpath((ROOT, *notebooks))}", "-q"]
    command += ["-c", str(ROOT / "pyproject.toml")]
    command += [] if sys.stdout.isatty() else ["--color=no"]
    command += map(str, notebooks)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


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
