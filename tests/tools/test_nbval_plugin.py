"""
The plugin for nbval, proved with small notebooks in one real run.
"""

import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from tests.tools.tiny_notebooks import Verdict, code, judge, prose, write
from tools.notebooks import compare, form

pytestmark = pytest.mark.kept_with(
    "tools/notebooks", "tests/tools/tiny_notebooks.py", "pyproject.toml"
)

SANITISED = r"""
print("✓ all 8 were answered in ≈ 0.0123 s, at ≈ 1,234.5 requests/s, ≈ 1.2e-05 each")
print("drops: uvicorn drops:app --port 40123 → http://127.0.0.1:40123, pid 4123, ≈ 0.3 s")
print("INFO:     Started server process [4123]")
print("[2026-11-23 20:00:16 +0000] [4123] [INFO] Booting worker with pid: 4124")
print("[2026-11-23 20:00:16 +0000] [4123] [INFO] Worker exiting (pid: 4124)")
print("gunicorn app:app --bind 127.0.0.1:40123 -b :40123 --bind=unix:x")
print("<function f at 0x7f0c5a1e3d80>")
print("/tmp/ipykernel_4123/12345.py:1: UserWarning: no")
print("sqlite:////tmp/kernel-abc/workbench-orders-x1_y2z3q/orders.db")
print("40 requests: 40 ok ⚠ this machine was too busy")
print("● GET / at 20/s: ≈ 38 ok, 2 cut off")
print("⚙ PID 1 by: a PID namespace")
print("▶ Redis ⚙ fakeredis · redis://127.0.0.1:6379/0")
print("      seen      4 times: NEW")
"""
STORED = """\
✓ all 8 were answered in ≈ 2.5 s, at ≈ 99 requests/s, ≈ 0.3 each
drops: uvicorn drops:app --port 51000 → http://127.0.0.1:51000, pid 88, ≈ 12 s
INFO:     Started server process [88]
[2025-01-02 03:04:05 +0100] [88] [INFO] Booting worker with pid: 89
[2025-01-02 03:04:05 +0100] [88] [INFO] Worker exiting (pid: 89)
gunicorn app:app --bind 127.0.0.1:51000 -b :51000 --bind=unix:x
<function f at 0x10>
/private/var/folders/ab/ipykernel_9/9.py:1: UserWarning: no
sqlite:////var/tmp/workbench-orders-abcdefgh/orders.db
40 requests: 40 ok
● GET / at 20/s: ≈ 39 ok
⚙ Docker 29.1 builds it
⚙ and runs it
▶ Redis ⚙ Redis 8.2.1 · redis://redis:6379/3
      seen      2 times: OLD,
                and NEW
"""

# What the workbench's progress bar does: draw, then wipe with blanks.
BAR = r"""
print("\r████░░ 3 s  8 of 40\r", end="")
print("\r" + " " * 78 + "\r", end="", flush=True)
"""

LEAVES = """
import pathlib, subprocess, sys, tempfile
pathlib.Path(tempfile.mkdtemp(prefix="orders-"), "log").touch()
command = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(command, start_new_session=True)
"""

# Like the workbench's guard, it needs a moment after the kernel's death.
TIDY = """
import os, shutil, sys, time
while os.getppid() == int(sys.argv[1]):
    time.sleep(0.1)
time.sleep(1)
shutil.rmtree(sys.argv[2])
"""
TIDIES_UP = f"""
import os, subprocess, sys, tempfile
command = [sys.executable, "-c", {TIDY!r}, str(os.getpid()), tempfile.mkdtemp(prefix="orders-")]
child = subprocess.Popen(command, start_new_session=True)
"""

UNSETTLED = """
from IPython.display import Markdown, display
display(Markdown("| How many? | not answered | not yet |  |"))
"""

ENVIRONMENT = """
import os
print([name for name in os.environ if name.startswith(("PYTEST", "COVERAGE"))])
print(any(path.endswith("tests") for path in os.environ["PYTHONPATH"].split(":")))
"""


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """
    Each notebook by its name, and `run`: what became of them all.
    """
    folder = tmp_path_factory.mktemp("toys")
    hi = code("print('hi')", "hi\n")
    unrun = write(folder / "unrun.ipynb", code("x = 1"))
    stripped = form.read(unrun)
    stripped.cells[0].execution_count = None
    nbformat.write(stripped, unrun)
    made = {
        "claim": [hi, code("raise AssertionError('✗ not so here')"), hi],
        "count": [code("print('39 ok')", "40 ok\n"), hi],
        "sanitised": [code(SANITISED, STORED)],
        "line_end": [code(r"print('39 ok\r')", "40 ok\r\n")],
        "lacking": [
            code("print('⚙ not measured here: tini: it is not installed')", "answered\n"),
            hi,
            code(UNSETTLED),
        ],
        "unsettled": [hi, code(UNSETTLED)],
        "dead": [code("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), hi],
        "magic": [code("%no_such_magic\nprint('hi')"), hi],
        "stderr": [code("import warnings; warnings.warn('old')")],
        "leaves": [hi, code(LEAVES)],
        "tidies_up": [code(TIDIES_UP)],
        "lab": [
            prose("# As in JupyterLab"),
            code("!echo hi", "hi\r\n"),
            code("3;"),
            code(BAR),
            code(f"print('before')\n{BAR}", "before\n"),
            code(f"print('before')\n{BAR}\nprint('after')", "before\nafter\n"),
            code(ENVIRONMENT, "[]\nFalse\n"),
            code("raise ValueError('meant')", "", "raises-exception"),
        ],
    }
    paths = {name: write(folder / f"{name}.ipynb", *cells) for name, cells in made.items()}
    lab = form.read(paths["lab"])
    lab.cells[-1].outputs = [
        nbformat.v4.new_output("error", ename="ValueError", evalue="meant", traceback=[])
    ]
    nbformat.write(lab, paths["lab"])
    paths["unrun"] = unrun
    return SimpleNamespace(run=judge(folder, *paths.values()), **paths)


def only_failure(run: Verdict, path: Path, cell: str) -> str:
    (failure,) = run.failures(path)
    assert failure.cell == cell
    return failure.text


def test_exit_code(toys: SimpleNamespace) -> None:
    """
    Red notebooks make the command fail, and pytest's closing lines name them.
    """
    assert toys.run.returncode == 1
    assert "FAILED" in toys.run.output
    assert "claim.ipynb::Cell 2" in toys.run.output
    assert "Slowest cells" in toys.run.output


def test_failed_claim(toys: SimpleNamespace) -> None:
    """
    A claim that fails is red, and the cells after it are skipped with the reason.
    """
    assert "✗ not so here" in only_failure(toys.run, toys.claim, "Cell 2")
    assert toys.run.outcomes(toys.claim) == ["passed", "failed", "skipped"]
    skipped = [line["text"] for line in toys.run.lines if line["outcome"] == "skipped"]
    assert any("Cell 2 failed, so this one was not run" in text for text in skipped)


def test_changed_count(toys: SimpleNamespace) -> None:
    """
    A count that differs from the stored one is red; the next cell still runs.
    """
    text = only_failure(toys.run, toys.count, "Cell 1")
    assert "Cell outputs differ" in text
    assert "39 ok" in text
    assert toys.run.outcomes(toys.count) == ["failed", "passed"]


def test_sanitised(toys: SimpleNamespace) -> None:
    """
    Measured numbers, ports, process ids, addresses and temporary paths may differ.
    """
    assert toys.run.failures(toys.sanitised) == []


def test_not_measured(toys: SimpleNamespace) -> None:
    """
    A cell that lacks what it measures is skipped with its reason, and the next one runs.

    Where one waits for it, and only there, the table of the predictions is skipped, too.
    """
    assert toys.run.outcomes(toys.lacking) == ["skipped", "passed", "skipped"]
    assert "⚙ not measured here: tini: it is not installed" in toys.run.output
    assert "Cell outputs differ" in only_failure(toys.run, toys.unsettled, "Cell 2")


def test_line_end_is_no_bar(toys: SimpleNamespace) -> None:
    """
    Text before a carriage return at the end of a line is compared.
    """
    assert "Cell outputs differ" in only_failure(toys.run, toys.line_end, "Cell 1")


def test_dead_kernel(toys: SimpleNamespace) -> None:
    """
    A kernel that dies is reported as dead, not as a time-out.
    """
    assert "kernel process died" in only_failure(toys.run, toys.dead, "Cell 1")
    assert toys.run.outcomes(toys.dead) == ["failed", "skipped"]


def test_unknown_magic(toys: SimpleNamespace) -> None:
    """
    An unknown magic is red and skips the rest, although it sends no traceback.
    """
    assert "`%no_such_magic` not found" in only_failure(toys.run, toys.magic, "Cell 1")
    assert toys.run.outcomes(toys.magic) == ["failed", "skipped"]


def test_stderr(toys: SimpleNamespace) -> None:
    """
    A warning that was not there before is red.
    """
    text = only_failure(toys.run, toys.stderr, "Cell 1")
    assert "Unexpected output fields from running code: {'stderr'}" in text


def test_never_executed(toys: SimpleNamespace) -> None:
    """
    A cell without a stored run is red, since nothing could be compared.
    """
    assert "never been executed" in only_failure(toys.run, toys.unrun, "Cell 1")


def test_left_behind(toys: SimpleNamespace) -> None:
    """
    A process and a folder that outlive the kernel are red, named, and removed.
    """
    (failure,) = toys.run.failures(toys.leaves)
    assert (failure.cell, failure.when) == ("Cell 2", "teardown")
    assert "time.sleep(600)" in failure.text
    assert "temporary file or folder: orders-" in failure.text
    (pid,) = re.findall(r"process (\d+): ", failure.text)
    states = [p.status() for p in psutil.process_iter() if p.pid == int(pid)]
    assert states in ([], [psutil.STATUS_ZOMBIE])  # killed; somebody may still have to look


def test_tidied_up(toys: SimpleNamespace) -> None:
    """
    What is tidied up soon after the kernel's death is not left behind.
    """
    assert toys.run.failures(toys.tidies_up) == []


def test_as_in_jupyterlab(toys: SimpleNamespace) -> None:
    """
    A command's output shows, `3;` shows nothing, a wiped bar leaves no trace, pytest's
    variables do not reach the kernel, and an error that is meant passes.
    """
    assert toys.run.failures(toys.lab) == []
    assert toys.run.outcomes(toys.lab) == ["passed"] * 7


def test_every_rule_is_read() -> None:
    """
    Each `regex:` line of the sanitiser has its `replace:` line.
    """
    written = compare.SANITIZER.read_text(encoding="utf-8").count("\nregex:")
    assert len(compare.RULES) == written > 0


@pytest.mark.parametrize(
    "text",
    ["40 ok", "exit code -15", "took 3.2 s", "HTTP 503", "at 12:30:15", "≈ nan s", "drops:app"],
)
def test_nothing_else_is_dropped(text: str) -> None:
    """
    What has no mark is compared literally.
    """
    assert compare.sanitise(text) == text
