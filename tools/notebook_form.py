"""
The form in which notebooks are stored, and what counts as the same output.

The command (notebooks.py), the pytest plugin (nbval_course.py) and the tests share it, so that
they cannot disagree.
"""

import copy
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# An optional format of jsonschema compiles a grammar for two seconds (python-jsonschema#1428);
# to believe it absent costs nothing, since nbformat's schema has no such field.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402
import psutil  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from nbval.plugin import coalesce_streams, get_sanitize_patterns  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
SANITIZER = TESTS / "nbval_sanitize.cfg"
RULES: list[tuple[str, str]] = get_sanitize_patterns(SANITIZER.read_text(encoding="utf-8"))

METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
PICTURES = {"image/png", "image/jpeg"}

MARK = "WORKBENCH_RUN"  # carried by every process that the workbench starts, ids joined by ":"
GRACE = 8.0  # seconds for the workbench's guard to tidy up; it needs at most four

# What pytest and coverage put into the environment, and what `make lab` takes out of it. (With
# PYTEST_CURRENT_TEST ipykernel would not even show what a child process prints.)
UNWANTED = ("COVERAGE_", "COV_CORE_", "MPLBACKEND", "PYTEST_", "PYTHON")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def text(notebook: NotebookNode) -> str:
    """
    The notebook as it is stored.
    """
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def normalise(notebook: NotebookNode) -> None:
    """
    Drop what differs from editor to editor and from run to run.

    A cell's id is made from its kind and source, so it moves with its cell, and shows that a
    cell was edited after the last refresh. Results stay as they are.
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell, name in zip(notebook.cells, ids(notebook.cells), strict=True):
        cell.id = name
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.outputs = coalesce(cell.outputs)
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = cell.execution_count


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


def sanitise(value: str) -> str:
    for regex, replacement in RULES:
        value = re.sub(regex, replacement, value)
    return value


def same(old: Sequence[NotebookNode], new: Sequence[NotebookNode]) -> bool:
    """
    Whether two lists of outputs say the same, pictures aside.
    """
    return _meaning(old) == _meaning(new)


def has_picture(outputs: Sequence[NotebookNode]) -> bool:
    return any(PICTURES & set(output.get("data", {})) for output in outputs)


def _meaning(outputs: Sequence[NotebookNode]) -> list[object]:
    meaning: list[object] = []
    for output in outputs:
        match output.output_type:
            case "stream":
                meaning.append((output.name, sanitise(output.text)))
            case "error":
                meaning.append((output.ename, sanitise(output.evalue)))
            case kind:
                data = {
                    mime: None if mime in PICTURES else sanitise(str(content))
                    for mime, content in output.data.items()
                }
                meaning.append((kind, data))
    return meaning


class Surroundings:
    """
    The environment of a kernel, and what is still there once the kernel is gone.
    """

    def __init__(self) -> None:
        self._run_id = uuid.uuid4().hex[:12]
        self._folder = Path(tempfile.mkdtemp(prefix="kernel-"))
        self._folder.chmod(0o711)  # PostgreSQL refuses root: as another user it must get inside
        self._work = Path(tempfile.mkdtemp(prefix="work-"))  # no reader has been here yet

    @property
    def env(self) -> dict[str, str]:
        """
        Our environment as JupyterLab would pass it on, plus a marker and a temporary folder.

        The workbench beside this file comes first, also in a copy of the checkout.
        """
        env = {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)}
        return env | {
            MARK: ":".join(filter(None, (env.get(MARK), self._run_id))),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self._folder),
            "WORKBENCH_WORK": str(self._work),
        }

    def clear(self) -> list[str]:
        """
        Name and remove what the kernel left behind, after a grace period for the workbench.
        """
        deadline = time.monotonic() + GRACE
        while (self._processes() or self._files()) and time.monotonic() < deadline:
            time.sleep(0.1)
        left_behind = []
        for process in self._processes():
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())[:80]
                left_behind.append(f"process {process.pid}: {command}")
                process.kill()
        left_behind += [f"temporary file or folder: {path.name}" for path in self._files()]
        for folder in (self._folder, self._work):
            shutil.rmtree(folder, ignore_errors=True)
        return left_behind

    def _processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = self._run_id in process.environ().get(MARK, "").split(":")
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _files(self) -> list[Path]:
        return sorted(self._folder.iterdir()) if self._folder.exists() else []
