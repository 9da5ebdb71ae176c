"""
Run the check of an exercise in a process of its own, and make a verdict of what it reports.

Whatever the reader's service does, the verdict comes within `CHECK_SECONDS`, or as many times
later as the machine is slower (pace.py), and every process that was started under the check is
ended. How surely depends on the system:

- On Linux a supervisor stands above the check, whose descendants cannot leave it. An answer
  that ends the supervisor itself is in the same case as on macOS.
- On macOS, who leaves its parents is found by the mark in its environment or by its working
  folder. A daemon that cleans the one and leaves the other outlives its check, uncounted.

An answer runs with the rights of its reader: what it does to their files it can do to all.
That a check leaves the course itself as it was is looked at, and said where it is not so.
`work/` is the reader's own, and changes while a check runs: by them, in an editor.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import signal as signals
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from workbench._process import Process
from workbench._progress import Progress
from workbench._scratch import discard, scratch
from workbench._spawn import SIDECARS
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError, refusal
from workbench.sidecars.supervisor import PATIENCE, SIGNALLED

from .copies import assemble, course_files, untouched
from .exercise import COURSE, Exercise
from .findings import Findings
from .messages import Begun, Found, from_json
from .pace import Meter, patience, worst_slowness
from .verdict import Claim, Verdict

TEST_SECONDS = 40.0
CHECK_SECONDS = 90.0
HANGS = "The check waited in vain: which of your lines takes so long, or never ends?"
USUAL_SECONDS = 8.0  # the length of the progress bar
MOST_MEMORY = 1 << 30  # bytes, of everything that runs under a check
MOST_PROCESSES = 60
MOST_SEEDS = 1_000_000  # short enough to be typed
MOST_NAMED = 5  # files, in a sentence
LEAST_ROOM = 1 << 20  # bytes: with less on the disk nobody knows what failed for want of it


def run_check(
    exercise: Exercise,
    attempt: Path,
    *,
    control: Claim | None = None,
    to_the_end: bool = True,
    seed: int | None = None,
    is_right: bool = False,
) -> Verdict:
    """
    Judge the service in the folder `attempt`.

    Args:
        exercise: What it is an answer to.
        attempt: Where the answer to it is.
        control: What another check of the exercise has just seen, and this one need not show.
        to_the_end: Whether every claim is judged, also after the one that gives the hint.
        seed: What the check draws from; if there is none, one that nobody knows beforehand.
        is_right: Whether it is known to be right, so that a hint is the check's own mistake.

    Raises:
        WorkbenchError: There is no file to check.
    """
    began = time.monotonic()
    before = course_files()
    name = f"check-{exercise.name}"
    try:
        folder = scratch(name).resolve()
        assemble(exercise, attempt, folder / "attempt")
        assemble(exercise, exercise.folder, folder / "untouched")
        attempted = not untouched(exercise, folder / "attempt")
        findings = Findings(controls={"seen before": control} if control else {})
        findings.seed = secrets.randbelow(MOST_SEEDS) if seed is None else seed
        _judge(exercise, folder, findings, to_the_end=to_the_end, is_right=is_right)
    except OSError as error:
        raise WorkbenchError(refusal(error, Path(tempfile.gettempdir()))) from None
    finally:
        discard(name)
    if after := _difference(before, course_files()):
        findings.disturbed = after
    return findings.verdict(
        exercise,
        attempted=attempted,
        seconds=time.monotonic() - began,
        prefix=f"work/{exercise.path}/" if attempt == exercise.work else "",
    )


def _judge(
    exercise: Exercise, folder: Path, findings: Findings, *, to_the_end: bool, is_right: bool
) -> None:
    """
    Run pytest on the check until it ends or must be ended, and note what it reports.
    """
    report, stacks, pace = folder / "report.jsonl", folder / "stacks.txt", folder / "pace.txt"
    options = {
        "attempt": str(folder / "attempt"),
        "untouched": str(folder / "untouched"),
        "report": str(report),
        "stacks": str(stacks),
        "pace": str(pace),
        "test_seconds": TEST_SECONDS,
        "control": not findings.controls,
        "to_the_end": to_the_end,
        "seed": findings.seed,
        "is_right": is_right,
    }
    plugins = ("-p", "workbench.exercises.plugin", "-p", "no:cacheprovider", "-p", "no:nbval")
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-c", os.devnull, *plugins]
    command += ["--import-mode=importlib", "--noconftest", "--rootdir", str(exercise.folder)]
    command += ["-o", f"pythonpath={shlex.quote(str(exercise.folder))}"]  # for its model
    command += ["--basetemp", str(folder / "pytest")]  # tmp_path goes with the rest
    supervisor = [sys.executable, "-I", str(SIDECARS / "supervisor.py")]
    with Meter(pace):
        process = Process(
            f"check of {exercise.name}",
            shlex.join([*supervisor, *command, str(exercise.folder / "check.py")]),
            env={
                "WORKBENCH_CHECK": json.dumps(options),
                "PYTHONPATH": str(COURSE),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            cwd=folder,
        )
        try:
            stopped = _watch(process, exercise, pace, report)
        finally:
            process.stop(3 * PATIENCE)  # the supervisor ends its descendants before itself
            # If somebody ended the supervisor:
            wait_until(lambda: not process.kill_strays(folder), 5)
    if report.exists():
        for line in report.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):  # the last line, if the check was ended in the middle
                findings.take(from_json(line))
    if stopped:
        findings.stop(*stopped)
    elif stacks.exists() and (stack := stacks.read_text(encoding="utf-8")):
        where = re.search(r'File ".*/(check\.py)", line (\d+)', stack)
        at = f", while it waited at {where[1]}:{where[2]}" if where else ""
        findings.stop("hangs", f"stopped after {TEST_SECONDS:g} s or more{at}", HANGS)
    elif signum := _signal(process):
        findings.disturbed = (
            f"The check's own process got {signum}. Does your service send signals? "
            "Its parent, os.getppid(), is the check.\n"
            "(SIGKILL may also come from a system that is out of memory.)"
        )
    if not findings.all_met:
        findings.disturbed = findings.disturbed or _loss(exercise, folder)
    if not stopped or stopped[0] == "hangs":  # any machine sees too many processes
        findings.slowness = worst_slowness(pace, findings.judged_since)
    if not findings.claims and not findings.broken:
        code, said = process.returncode, process.tail()
        findings.broken = f"The check itself failed: it ended with exit code {code}\n{said}"


def _loss(exercise: Exercise, folder: Path) -> str:
    """
    What the check ran out of, so that nobody knows why a claim failed; or nothing.
    """
    gone = [name for name in exercise.edits if not (folder / "attempt" / name).exists()]
    if gone:
        return (
            f"While the check ran, {' and '.join(gone)} was deleted, in the folder where it "
            "runs a copy of your service; yours is as it was. What in your code removes files?"
        )
    if shutil.disk_usage(folder).free < LEAST_ROOM:
        return (
            f"There is no room left in {folder.parent}, where a check runs your service: "
            "free some, or let your service write less, and check again."
        )
    return ""


def _signal(process: Process) -> str:
    """
    The signal that ended or stopped the check or its supervisor, by name; or nothing.
    """
    code = process.returncode or 0
    number = -code if code < 0 else code - SIGNALLED
    return signals.Signals(number).name if number > 0 else ""


def _watch(
    process: Process, exercise: Exercise, pace: Path, report: Path
) -> tuple[str, str, str] | None:
    """
    Wait for the end of a check; return why it must be ended before, if it must.
    """
    began = time.monotonic()
    with Progress(USUAL_SECONDS) as progress:
        while process.running:
            if progress.due:
                progress.show(f"{exercise.name}: {doing(report)}")
            wait_until(lambda: not process.running, 0.25)
            _wake(process.pid)
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
                return "hangs", seen, HANGS
    return None


def doing(report: Path) -> str:
    """
    What a check is about at the moment, by what it has reported: the last requirement begun.
    """
    requires, begun = {}, ""
    lines = report.read_text(encoding="utf-8", errors="replace") if report.exists() else ""
    for line in lines.splitlines():
        with suppress(ValueError):  # the last line may be half written
            match from_json(line):
                case Found() as test:
                    requires[test.id] = test.text
                case Begun(id=begun):
                    pass
    if begun not in requires:
        return "the check begins"
    return f"{list(requires).index(begun) + 1} of {len(requires)}: {requires[begun]}"


def _wake(pid: int) -> None:
    """
    Let a supervisor go on that somebody stopped.
    """
    with suppress(psutil.Error):
        if (supervisor := psutil.Process(pid)).status() == psutil.STATUS_STOPPED:
            supervisor.resume()


def _difference(before: dict[str, bytes], after: dict[str, bytes]) -> str:
    """
    Which files of the course are not as they were, and what puts them right; or nothing.
    """
    new = sorted(after.keys() - before.keys())
    changed = sorted(name for name, digest in before.items() if after.get(name) != digest)
    if not new and not changed:
        return ""
    lines = [
        "While the check ran, files of the course changed, so it may have judged by those.",
        "If it was you who changed them, check again.",
    ]
    for what, names in (
        ("To put back what was changed: git restore", changed),
        ("To remove what was added: rm", new),
    ):
        if names:
            more = len(names) - MOST_NAMED
            rest = f" (and {more} more: git status)" if more > 0 else ""
            lines.append(f"{what} {shlex.join(names[:MOST_NAMED])}{rest}")
    return "\n".join(lines)


def _tree(pid: int) -> Iterable[psutil.Process]:
    with suppress(psutil.Error):
        yield from psutil.Process(pid).children(recursive=True)


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        memory: int = process.memory_info().rss
        return memory
    return 0
