"""
Small notebooks for the tests, and the command that runs them, run as a maintainer runs it.
"""

import copy
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks import form


def code(source: str, stdout: str = "", *tags: str) -> NotebookNode:
    """
    A code cell that was executed and has printed `stdout`.
    """
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=stdout)] if stdout else []
    return nbformat.v4.new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


def prose(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def notebook(*cells: NotebookNode) -> NotebookNode:
    """
    A notebook in normal form whose code cells were executed in order.
    """
    made = nbformat.v4.new_notebook()
    made.cells = [copy.deepcopy(cell) for cell in cells]  # a cell may be given twice
    executed = [cell for cell in made.cells if cell.cell_type == "code"]
    for number, cell in enumerate(executed, start=1):
        cell.execution_count = number
    form.normalise(made)
    return made


def write(path: Path, *cells: NotebookNode) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(form.text(notebook(*cells)), encoding="utf-8")
    return path


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """
    Run tools.notebooks; its output and errors come together on `stdout`.
    """
    return subprocess.run(
        [sys.executable, "-m", "tools.notebooks", *arguments],
        cwd=cwd,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=280,
    )


@dataclass(frozen=True)
class Failure:
    """
    How a cell failed: its number, the phase, and what pytest reports.
    """

    cell: str
    when: str
    text: str

    @property
    def reason(self) -> str:
        """
        The report without the cell's source, so that nothing is found in it by mistake.
        """
        before, _, rest = self.text.partition("\nInput:\n")
        _, _, trace = rest.partition("\nTraceback:\n")
        lines = [line for line in trace.splitlines() if not re.match(r"(-+>)? *\d+ ", line)]
        return "\n".join([before, *lines])


@dataclass(frozen=True)
class Verdict:
    """
    What `tools.notebooks test` made of some notebooks.
    """

    returncode: int
    output: str
    lines: list[dict[str, str]]

    def failures(self, path: Path) -> list[Failure]:
        return [
            Failure(line["cell"], line["when"], re.sub(r"\x1b\[[\d;]*m", "", line["text"]))
            for line in self.lines
            if line["notebook"] == str(path) and line["outcome"] == "failed"
        ]

    def outcomes(self, path: Path) -> list[str]:
        """
        What became of each cell, in order: passed, failed or skipped.
        """
        return [
            line["outcome"]
            for line in self.lines
            if line["notebook"] == str(path) and line["when"] == "call"
        ]


def judge(folder: Path, *paths: Path) -> Verdict:
    report = folder / "report.jsonl"
    done = run("test", "--report", report, *paths)
    lines = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    return Verdict(done.returncode, done.stdout, [json.loads(line) for line in lines])
