"""
The environment of a kernel, and what is still there once the kernel is gone.
"""

import os
import shutil
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

import psutil

from tools import ROOT
from workbench.sidecars.guard import RUN_MARK, strays

GRACE = 8.0  # seconds for the workbench's guard to tidy up; it needs at most four

# What pytest and coverage put into the environment, and what `make lab` takes out of it. (With
# PYTEST_CURRENT_TEST ipykernel would not even show what a child process prints.)
UNWANTED = ("COVERAGE_", "COV_CORE_", "MPLBACKEND", "PYTEST_", "PYTHON")


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

        The workbench beside this file comes first, also in a copy of the checkout, and so does
        `course`: no notebook says where on this machine it is.
        """
        env = {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)}
        programs = str(Path(sys.executable).parent)
        return env | {
            "PATH": os.pathsep.join((programs, env.get("PATH", os.defpath))),
            RUN_MARK: ":".join(filter(None, (env.get(RUN_MARK), self._run_id))),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self._folder),
            "WORKBENCH_WORK": str(self._work),
        }

    def clear(self) -> list[str]:
        """
        Name and remove what the kernel left behind, after a grace period for the workbench.
        """
        deadline = time.monotonic() + GRACE
        while (strays(self._run_id) or self._files()) and time.monotonic() < deadline:
            time.sleep(0.1)
        left_behind = []
        for process in strays(self._run_id):
            with suppress(psutil.Error):
                command = " ".join(process.cmdline())[:80]
                left_behind.append(f"process {process.pid}: {command}")
                process.kill()
        left_behind += [f"temporary file or folder: {path.name}" for path in self._files()]
        for folder in (self._folder, self._work):
            shutil.rmtree(folder, ignore_errors=True)
        return left_behind

    def _files(self) -> list[Path]:
        return sorted(self._folder.iterdir()) if self._folder.exists() else []
