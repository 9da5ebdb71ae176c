"""
Run the check of an exercise in a process of its own, and make a verdict of what it reports.

Whatever the reader's service does, the verdict comes within `CHECK_SECONDS`, or as many times
later as the machine is slower (_pace.py), and every process that was started under the check is
ended.
"""

import json
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from ._children import poll
from ._findings import Findings
from ._labs import COURSE, Lab, assemble, untouched
from ._pace import Meter, patience, worst_slowness
from ._process import Process
from ._progress import Progress
from ._scratch import discard, scratch
from ._verdict import Verdict

TEST_SECONDS = 40.0
CHECK_SECONDS = 90.0
USUAL_SECONDS = 8.0  # the length of the progress bar
MOST_MEMORY = 1 << 30  # bytes, of everything that runs under a check
MOST_PROCESSES = 60


def run_check(lab: Lab, attempt: Path) -> Verdict:
    """
    Judge the service in the folder `attempt`.

    Raises:
        WorkbenchError: There is no file to check.
    """
    began = time.monotonic()
    folder = scratch(f"check-{lab.name}")
    try:
        assemble(lab, attempt, folder / "attempt")
        assemble(lab, lab.folder, folder / "untouched")
        findings = _judge(lab, folder)
    finally:
        discard(f"check-{lab.name}")
    verdict = findings.verdict(lab, attempted=not untouched(lab, attempt))
    if verdict.line and attempt == lab.work:
        verdict.line = f"work/{lab.path}/{verdict.line}"
    verdict.seconds = time.monotonic() - began
    return verdict


def _judge(lab: Lab, folder: Path) -> Findings:
    """
    Run pytest on the check until it ends or must be ended.
    """
    report, stacks, pace = folder / "report.jsonl", folder / "stacks.txt", folder / "pace.txt"
    options = {
        "attempt": str(folder / "attempt"),
        "untouched": str(folder / "untouched"),
        "report": str(report),
        "stacks": str(stacks),
        "pace": str(pace),
        "test_seconds": TEST_SECONDS,
    }
    plugins = ("-p", "workbench._check_plugin", "-p", "no:cacheprovider", "-p", "no:nbval")
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-c", os.devnull, *plugins]
    command += ["--import-mode=importlib", "--rootdir", str(lab.folder)]
    command += ["--basetemp", str(folder / "pytest")]  # tmp_path goes with the rest
    findings = Findings()
    ended = False
    with Meter(pace):
        process = Process(
            f"check of {lab.name}",
            shlex.join([*command, str(lab.folder / "check.py")]),
            env={
                "WORKBENCH_CHECK": json.dumps(options),
                "PYTHONPATH": str(COURSE),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            cwd=folder,
        )
        try:
            stopped = _watch(process, lab, pace)
            ended = not process.running
        finally:
            process.kill()
            poll(lambda: not process.kill_strays(), 5)  # one that forks on needs several rounds
    if report.exists():
        for line in report.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # the last line, if the check was ended in the middle
                findings.take(json.loads(line))
    if stopped:
        findings.stop(*stopped)
    elif stacks.exists() and (stack := stacks.read_text(encoding="utf-8")):
        where = re.findall(r'File "(.+?)", line (\d+)', stack)
        at = f" at {Path(where[-1][0]).name}:{where[-1][1]}" if where else ""
        hint = "The check waited in vain: what does your service wait for?"
        findings.stop("hangs", f"stopped after {TEST_SECONDS:g} s or more{at}", hint)
    elif (process.returncode or 0) < 0 and ended:
        findings.broken = "its own process was killed"
    if not stopped or stopped[0] == "hangs":  # any machine sees too many processes
        findings.slowness = worst_slowness(pace, findings.judged_since)
    if not findings.claims and not findings.broken:
        findings.broken = f"it ended with exit code {process.returncode}\n{process.tail()}"
    return findings


def _watch(process: Process, lab: Lab, pace: Path) -> tuple[str, str, str] | None:
    """
    Wait for the end of a check; return why it must be ended before, if it must.
    """
    began = time.monotonic()
    with Progress(USUAL_SECONDS) as progress:
        while process.running:
            progress.show(f"checking {lab.name}")
            poll(lambda: not process.running, 0.25)
            tree = list(_tree(process.pid))
            if len(tree) > MOST_PROCESSES:
                seen = f"more than {MOST_PROCESSES} processes"
                return "processes", seen, "Your service starts processes without end."
            if sum(map(_memory, tree)) > MOST_MEMORY:
                seen = f"more than {MOST_MEMORY >> 20} MB of memory in use"
                return "memory", seen, "Your service takes memory without end."
            seconds = time.monotonic() - began
            if seconds > CHECK_SECONDS * patience(pace, began):
                seen = f"no end after {seconds:.0f} s"
                return (
                    "hangs",
                    seen,
                    "The check waited in vain: what does your service wait for?",
                )
    return None


def _tree(pid: int) -> Iterable[psutil.Process]:
    with suppress(psutil.Error):
        yield from psutil.Process(pid).children(recursive=True)


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        memory: int = process.memory_info().rss
        return memory
    return 0
