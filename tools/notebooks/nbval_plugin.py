"""
Mends nbval 0.11 for notebooks that start real processes.

nbval (`pytest -p tools.notebooks.nbval_plugin --nbval …`) compares what a notebook prints with
what it has stored, cell by cell; nothing else does.
Here is what it lacks, with the numbers of its own issues where there are any.

- A kernel that dies is noticed within a second, not after the whole cell time-out.
- An unknown magic fails: it ends its cell without a traceback, and nbval looks for one.
- A cell that was never executed fails: nbval would run it and compare nothing.
- Cells after a failed one are skipped with the reason, not run in a broken state.
- The kernel gets none of pytest's variables (see surroundings.py).
- `value;` at the end of a cell shows nothing, as in JupyterLab (#194).
- Outputs may take 60 seconds to arrive, not 5 (#231).
- A progress bar that was drawn and wiped is as good as none.
- A cell that says "⚙ not measured here: …" is skipped with that reason, not compared; and so is
  the sum of the predictions, if one of them is not settled for it.
- Processes and temporary files that outlive the kernel fail the notebook, and are removed.
- Cells are numbered from one: "Cell 4" is what JupyterLab shows as [4].

Methods are replaced in place: nbval's own code looks its classes up by name.
"""

import json
import os
import time
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from nbval import plugin as nbval
from nbval.kernel import RunningKernel, start_new_kernel

from .files import COMMAND
from .form import coalesce
from .surroundings import Surroundings

OUTPUT_TIMEOUT = 60  # seconds
NOT_MEASURED = "⚙ not measured here: "  # begins a line of a cell that lacks what it measures
NOT_SETTLED = " | not yet | "  # a row of the table that `predictions()` shows


class NoAnswer(Exception):
    """
    The kernel does not say how the cell ended, or fails it without a traceback.
    """


class Kernel(RunningKernel):
    """
    A kernel with a clean environment, a marker in it and a temporary folder of its own.
    """

    def __init__(self, kernel_name: str, cwd: str, startup_timeout: float) -> None:
        self.left_behind: list[str] = []
        self._surroundings = Surroundings()
        try:
            with open(os.devnull, "w") as devnull:
                self.km, self.kc = start_new_kernel(
                    startup_timeout,
                    kernel_name,
                    stderr=devnull,
                    cwd=cwd,
                    env=self._surroundings.env,
                    extra_arguments=["--HistoryManager.hist_file=:memory:"],
                )
            self._ensure_iopub_up()
        except BaseException:
            self.stop()
            raise

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        # A `;` at the end hides the value only of what goes into the history (#194).
        msg_id: str = self.kc.execute(
            cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False
        )
        return msg_id

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        # nbval waits in one go, and a dead kernel never answers.
        deadline = time.monotonic() + (OUTPUT_TIMEOUT if timeout is None else timeout)
        while True:
            wait = min(1.0, max(0.01, deadline - time.monotonic()))
            try:
                message: dict[str, Any] = super().get_message(stream, timeout=wait)
            except Empty:
                if not self.is_alive():
                    raise NoAnswer("The kernel process died while this cell ran.") from None
                if time.monotonic() > deadline:
                    raise
            else:
                return message

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        # nbval drops the reply, although it is all that an unknown magic sends.
        while True:
            message = self.get_message("shell", timeout)
            if message["parent_header"].get("msg_id") == msg_id:
                break
        reply = message["content"]
        if reply["status"] == "error" and not reply["traceback"]:
            raise NoAnswer(f"{reply['ename']}: {reply['evalue']}")

    def stop(self) -> None:
        if hasattr(self, "km"):  # nbval stops a kernel itself that does not obey
            super().stop()
        self.left_behind += self._surroundings.clear()


def run_cell(cell: nbval.IPyNbCell) -> None:
    notebook = cell.parent
    broken = getattr(notebook, "broken", None)
    if broken:
        pytest.skip(f"{broken} failed, so this one was not run")
    if cell.cell.execution_count is None:
        cell.raise_cell_error(
            "This cell has never been executed, so there is nothing to compare with.\n"
            f"Run: {COMMAND} refresh {notebook.path.name}"
        )
    cell.output_timeout = OUTPUT_TIMEOUT
    notebook.broken = cell.name  # until it has got through, whatever stops it
    try:
        nbval_runtest(cell)
    except NoAnswer as error:
        cell.raise_cell_error(str(error))
    except nbval.NbCellError as error:
        # An output that differs leaves the kernel in the state that the next cell expects.
        if str(error) == "Cell outputs differ":
            notebook.broken = None
        raise
    notebook.broken = None


def compare(cell: nbval.IPyNbCell, new: list[Any], *stored: Any) -> bool:
    notebook = cell.parent
    said = "".join(output.get("text", "") for output in new)
    table = "".join(output.get("data", {}).get("text/markdown", "") for output in new)
    lacking = [line for line in said.splitlines() if line.startswith(NOT_MEASURED)]
    notebook.lacking = [*getattr(notebook, "lacking", []), *lacking]
    if lacking or (notebook.lacking and NOT_SETTLED in table):
        notebook.broken = None
        pytest.skip("; ".join(lacking or notebook.lacking))
    return bool(nbval_compare(cell, new, *stored))


def stop_kernel(notebook: nbval.IPyNbFile) -> None:
    if notebook.kernel is None:
        return
    notebook.kernel.stop()
    if notebook.kernel.left_behind:
        msg = f"{notebook.path.name} left behind, and I removed:\n  "
        raise AssertionError(msg + "\n  ".join(notebook.kernel.left_behind))


def number_from_one(
    cls: type[nbval.IPyNbCell], notebook: nbval.IPyNbFile, /, **details: Any
) -> nbval.IPyNbCell:
    number = details["cell_num"] + 1
    return make_cell(cls, notebook, **details | {"name": f"Cell {number}", "cell_num": number})


nbval_runtest = nbval.IPyNbCell.runtest
nbval_compare = nbval.IPyNbCell.compare_outputs
make_cell = nbval.IPyNbCell.from_parent.__func__

nbval.RunningKernel = Kernel
nbval.coalesce_streams = coalesce
nbval.IPyNbCell.runtest = run_cell
nbval.IPyNbCell.compare_outputs = compare
nbval.IPyNbCell.from_parent = classmethod(number_from_one)
nbval.IPyNbFile.teardown = stop_kernel


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nbval-report", type=Path, help="append a line of JSON for each phase of each cell"
    )


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--nbval-report")
    if path is not None and not hasattr(config, "workerinput"):  # not in a worker of xdist
        config.pluginmanager.register(Report(path, config.rootpath))


class Report:
    """
    What each cell did: `tools.notebooks test` reads which notebooks ran and for how long,
    the tests read how they failed.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._root = root

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        notebook, _, cell = report.nodeid.partition("::")
        line = {
            "notebook": str(self._root / notebook),
            "cell": cell,
            "when": report.when,
            "outcome": report.outcome,
            "seconds": report.duration,
            "text": report.longreprtext,
        }
        with self._path.open("a", encoding="utf-8") as file:
            print(json.dumps(line), file=file)
