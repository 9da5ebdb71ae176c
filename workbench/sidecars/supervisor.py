"""
The supervisor: runs a check, and when that is over ends every process that came of it.

Run as `python -I supervisor.py COMMAND…`.

On Linux it is a subreaper: who loses a parent under it becomes its child. So no descendant gets
away, whatever session, environment or folder it moves to; and all of them are counted, as
children, by who watches the check. macOS has nothing like it: there only what still hangs by a
living parent is ended here, and `strays()` looks for the rest.

It is over when the command ends, is stopped by a signal, or the supervisor gets SIGTERM.
The exit code is the command's, or 128 + the signal that ended or stopped it, as a shell has it.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

SIGNALLED = 128  # and more, in an exit code: by which signal
GUARD = str(Path(__file__).with_name("guard.py"))
PATIENCE = 5.0  # seconds for a guard to tidy up, and then for what is killed to be gone

_PR_SET_CHILD_SUBREAPER = 36  # from <linux/prctl.h>


def start(command: list[str]) -> int:
    """
    Run a command in a session of its own; return its pid.
    """
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.execv(command[0], command)
    return pid


def wait(child: int) -> int:
    """
    Wait until a child ends, or is stopped; return the exit code.
    """
    while True:
        pid, status = os.waitpid(-1, os.WUNTRACED)  # of any child: the adopted are reaped, too
        if pid != child:
            continue
        if os.WIFSTOPPED(status):  # it would wait for ever, and so would who waits for it
            return SIGNALLED + os.WSTOPSIG(status)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else SIGNALLED - code


def end_descendants() -> None:
    """
    SIGKILL to all descendants until there are none; one that forks on needs several rounds.

    The command's guard is let be at first: it removes the folders, and ends by itself.
    """
    import psutil  # noqa: PLC0415, see main()

    us = psutil.Process()
    began = time.monotonic()
    while (left := us.children(recursive=True)) and time.monotonic() - began < 2 * PATIENCE:
        for process in left:
            with suppress(psutil.Error):
                guard = GUARD in process.cmdline()
                if not guard or time.monotonic() - began > PATIENCE:
                    process.kill()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.01)


def main() -> None:
    signal.signal(signal.SIGTERM, _exit)
    if sys.platform == "linux":
        # Where it is refused, in some sandbox, it is as on macOS.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        child = start(sys.argv[1:])
        import psutil  # noqa: F401, PLC0415, while the command starts: it takes longer than we do

        sys.exit(wait(child))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        end_descendants()


def _exit(signum: int, _frame: object) -> NoReturn:
    sys.exit(SIGNALLED + signum)


if __name__ == "__main__":
    main()
