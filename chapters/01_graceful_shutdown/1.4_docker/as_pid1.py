"""
The smallest container engine: a PID namespace, no image. Its stop is `docker stop`.

    python as_pid1.py GRACE COMMAND ...

COMMAND becomes PID 1. SIGTERM to this program begins the stop: PID 1 gets SIGTERM and,
GRACE seconds later, SIGKILL. Exits with the code that an engine would report.
"""

import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

import psutil

MEANS = {
    "a PID namespace, as root": "unshare --pid --fork --kill-child",
    "a PID namespace, as a user": "unshare --user --map-root-user --pid --fork --kill-child",
}


def means():
    """What makes a PID 1 on this machine, or None."""
    for description, command in MEANS.items():
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run([*shlex.split(command), "true"], capture_output=True, check=True)
            return description
    return None


def missing(command):
    """Why a command line cannot be run here; nothing if it can."""
    gone = [p for p in ("bash", "dash", "tini") if p in command.split() and not shutil.which(p)]
    if "as_pid1.py" in command and means() is None:
        return "this machine makes no PID namespace"
    return f"{gone[0]} is not installed" if gone else ""


def main(grace, command):
    container = subprocess.Popen([*shlex.split(MEANS[means()]), *command])
    sent = []

    def send(signum):
        sent.append(signum)
        psutil.Process(container.pid).children()[0].send_signal(signum)

    def stop(signum, frame):
        send(signal.SIGTERM)
        signal.signal(signal.SIGALRM, lambda *_: send(signal.SIGKILL))
        signal.alarm(grace)

    signal.signal(signal.SIGTERM, stop)
    code = container.wait()  # of a child that was killed, some versions of unshare make a 1
    sys.exit(137 if signal.SIGKILL in sent else code)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
