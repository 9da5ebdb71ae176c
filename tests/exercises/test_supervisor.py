"""
What stands above a check: its exit code, and that nobody gets away from it.
"""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import workbench

pytestmark = pytest.mark.kept_with()

SUPERVISOR = Path(workbench.__file__).parent / "sidecars" / "supervisor.py"
DAEMON = (  # its parents are gone, its session and folder are its own, its environment is empty
    "import os\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if pid := os.fork():\n"
    "        print(pid, flush=True)\n"
    "        os._exit(0)\n"
    "    os.chdir('/')\n"
    "    os.execve('/bin/sleep', ['sleep', '60'], {})\n"
    "os.wait()\n"
)


def supervised(*command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-I", SUPERVISOR, *command], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -KILL $$", 128 + signal.SIGKILL),
        ("kill -STOP $$", 128 + signal.SIGSTOP),
    ],
)
def test_exit_code(script: str, code: int) -> None:
    """
    The command's own, or what a shell makes of the signal that ended or stopped it.
    """
    with supervised("/bin/sh", "-c", script) as supervisor:
        assert supervisor.wait(20) == code


@pytest.mark.skipif(sys.platform != "linux", reason="there is no subreaper elsewhere")
@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 9)", "import time; time.sleep(60)"])
def test_nobody_gets_away(end: str) -> None:
    """
    1. A command leaves a daemon that has nothing in common with it.
    2. The command ends, is killed, or runs until the supervisor gets SIGTERM.

    Result: the daemon is gone before the supervisor is.
    """
    with supervised(sys.executable, "-c", DAEMON + end) as supervisor:
        assert supervisor.stdout is not None
        daemon = int(supervisor.stdout.readline())
        if "sleep" in end:
            assert psutil.pid_exists(daemon)
            supervisor.terminate()

        supervisor.wait(20)

        assert not psutil.pid_exists(daemon)
