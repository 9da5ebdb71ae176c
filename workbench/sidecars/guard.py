"""
The guard: a small process that ends everything its owner started, once the owner is gone.

Run as `python -I guard.py OWNER_PID RUN_ID`.
Its stdin is a pipe from the owner (a notebook's kernel, say) and carries lines:

    +group PGID     -group PGID      a process group that was started, or has been stopped
    +folder PATH    -folder PATH     a temporary folder that was made, or has been removed

When the pipe closes, or the owner is no longer the parent, by whatever death, every group gets
SIGTERM, after GRACE seconds SIGKILL, and every folder is removed.
Processes that left their group are found by RUN_ID in their environment.
"""

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

GRACE = 3.0  # seconds between SIGTERM and SIGKILL
RUN_MARK = "WORKBENCH_RUN"  # carried by all that we start: ids of who started it, joined by ":"


def watch(owner: int) -> tuple[set[int], set[str]]:
    """
    Read what is registered until the owner is gone; return the groups and folders it left.
    """
    groups: set[int] = set()
    folders: set[str] = set()
    unread = b""
    while True:
        # The parent is looked at as well: a fork of the owner would hold the pipe open.
        orphaned = os.getppid() != owner
        if not select.select([0], [], [], 0 if orphaned else 0.5)[0]:
            if orphaned:
                break
            continue
        data = os.read(0, 65536)
        if not data:
            break
        *lines, unread = (unread + data).split(b"\n")
        for line in lines:
            what, _, value = line.decode().partition(" ")
            match what:
                case "+group":
                    groups.add(int(value))
                case "-group":
                    groups.discard(int(value))
                case "+folder":
                    folders.add(value)
                case "-folder":
                    folders.discard(value)
    return groups, folders


def strays(run_id: str, folder: str = "") -> list[psutil.Process]:
    """
    Every process with RUN_ID in its environment, whatever group or session it is in.

    And, without it, what works below `folder`, where nobody else has any business.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = run_id in process.environ().get(RUN_MARK, "").split(":")
            if not ours and folder:
                ours = f"{process.cwd()}/".startswith(f"{folder}/")
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def signal_group(group: int, signum: int) -> bool:
    """
    Send a signal to a process group; whether there was anybody to get it.
    """
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        return False
    return True


def end_all(groups: set[int], run_id: str) -> None:
    """
    SIGTERM, then SIGKILL, to all groups and to those who left them.
    """

    def send(signum: int) -> bool:
        reached = [signal_group(group, signum) for group in groups]
        for process in strays(run_id):
            with suppress(psutil.Error):
                process.send_signal(signum)
                reached.append(True)
        return any(reached)

    if send(signal.SIGTERM):
        poll_until(lambda: not send(0), GRACE)
        send(signal.SIGKILL)


def poll_until(done: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> None:
    # A Ctrl-C or a closed terminal reaches everybody at once: outlive the owner.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    owner, run_id = int(sys.argv[1]), sys.argv[2]
    groups, folders = watch(owner)
    end_all(groups, run_id)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
