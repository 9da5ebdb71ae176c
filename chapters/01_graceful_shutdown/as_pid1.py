"""
The smallest container engine: a PID namespace, no image. Its stop is `docker stop`.

    python as_pid1.py [--init] GRACE COMMAND ...

COMMAND becomes process 1; with --init, tini does and starts COMMAND, as in `docker run --init`.
SIGTERM to this program begins the stop: process 1 gets SIGTERM, GRACE seconds later SIGKILL.
Exits with the code that an engine would report.
"""

import shlex
import shutil
import signal
import subprocess
import sys

import psutil

MEANS = {
    "a PID namespace (unshare, as root)": "unshare --pid --fork --kill-child",
    "a PID namespace (unshare, as a user)": "unshare -Ur --pid --fork --kill-child",
}
TINI = shutil.which("tini") or shutil.which("docker-init")  # one program, two names


def means():
    """What makes a process 1 on this machine, or None."""
    for description, command in MEANS.items():
        try:
            subprocess.run([*shlex.split(command), "true"], capture_output=True, check=True)
            return description
        except (OSError, subprocess.CalledProcessError):
            pass


def missing(programs):
    """Why these cannot be run as process 1 here; nothing, if they can."""
    if means() is None:
        return "this machine makes no PID namespace"
    gone = [p for p in programs if not (TINI if p == "tini" else shutil.which(p))]
    return f"{' and '.join(gone)} not installed" if gone else ""


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
    code = container.wait()
    sys.exit(137 if signal.SIGKILL in sent else code)  # some versions of unshare say 1 then


if __name__ == "__main__":
    if "--init" in sys.argv[:2]:
        sys.argv[1:4] = [sys.argv[2], TINI, "--", sys.argv[3]]
    main(int(sys.argv[1]), sys.argv[2:])
