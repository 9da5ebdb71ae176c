"""
What `course doctor` says of what earlier sessions left.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.course.jupyterlab import processes_with
from tools import ROOT
from workbench._servers import STAND_IN
from workbench._waiting import wait_until


@pytest.fixture
def place() -> Iterator[Path]:
    """
    For temporary folders, by a name that is short enough for a socket.
    """
    with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("redis", ["", STAND_IN])
def test_doctor_names_folders_of_killed_kernels(place: Path, redis: str) -> None:
    """
    1. Where temporary folders are, there are two of experiments, a link and somebody's own.
    2. A guard watches over folders there; it is gone; so are the two folders.

    Result: while the guard is there nothing is said of them; then both are, and nothing else
    is, whether or not the doctor starts a server in a folder of its own; at the end there is
    none.
    """
    for name in ("workbench-postgres-x", "workbench-repo-y", "notes"):
        (place / name).mkdir()
    (place / "workbench-link").symlink_to(place / "notes")

    def line() -> str:
        doctor = subprocess.run(
            [sys.executable, "-m", "workbench", "doctor"],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(place), "COURSE_REDIS_URL": redis},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        (found,) = re.findall(r"^(. )temporary folders: (.*)$", doctor.stdout, re.MULTILINE)
        return "".join(found)

    guard = ROOT / "workbench" / "sidecars" / "guard.py"
    watching = subprocess.Popen(
        [sys.executable, "-I", guard, str(os.getpid()), "a-run"],
        env=os.environ | {"TMPDIR": str(place)},
        stdin=subprocess.PIPE,
    )
    try:
        assert wait_until(lambda: str(guard) in psutil.Process(watching.pid).cmdline(), 5)
        assert line().startswith("✓ kernels use theirs")
    finally:
        watching.communicate(timeout=10)  # its owner's end of the pipe is closed
    # The doctor has servers of its own to try, whose guard stays a moment longer than itself.
    assert wait_until(lambda: not processes_with("TMPDIR", str(place)), 30)

    assert line() == (
        "· 2 left behind by kernels that were killed:"
        f" rm -r {place / 'workbench-postgres-x'} and the like"
    )
    for name in ("workbench-postgres-x", "workbench-repo-y"):
        (place / name).rmdir()
    assert wait_until(lambda: not processes_with("TMPDIR", str(place)), 30)
    assert line() == f"✓ none was left behind in {place}"
