"""
How the workbench starts a child process: own session, clean environment, watched by the guard.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

from ._surroundings import HOME_MARK, UMASK, for_children
from ._waiting import wait_until
from .errors import CannotStart
from .sidecars.guard import RUN_MARK, signal_group, strays

HERE = Path(__file__).resolve().parent
SIDECARS = HERE / "sidecars"
RUN_ID = uuid.uuid4().hex[:12]

_lock = threading.RLock()
_guard: subprocess.Popen[bytes] | None = None
_registered: dict[str, None] = {}  # an ordered set of "group 4121", "folder /tmp/…"


def spawn(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    stdin: int = subprocess.DEVNULL,
    user: str | None = None,
    base: Mapping[str, str] | None = None,
) -> tuple[subprocess.Popen[bytes], str]:
    """
    Start a child in a session of its own; return it with the id that marks its descendants.

    Standard output and error arrive together on its `stdout`. Its environment is `env` added to
    `base`, or to a fresh shell's.

    Raises:
        CannotStart: There is no such program or folder, or it may not be run.
    """
    run_id = uuid.uuid4().hex[:12]
    child_env = dict(child_environment() if base is None else base) | dict(env or {})
    child_env[RUN_MARK] = ":".join(filter(None, (os.environ.get(RUN_MARK), RUN_ID, run_id)))
    child_env[HOME_MARK] = str(HERE.parent)
    program = shutil.which(arguments[0], path=child_env.get("PATH", os.defpath))
    if program is None:
        msg = (
            f"There is no program {arguments[0]!r} on PATH; looked in {child_env.get('PATH')}."
        )
        raise CannotStart(msg)
    _stop_ignoring_signals()
    tell_guard()  # before the child: there is no moment at which it runs unwatched
    try:
        child = subprocess.Popen(
            arguments,
            executable=program,
            env=child_env,
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=[] if user else None,
            umask=UMASK,
        )
    except OSError as error:
        msg = f"Cannot run {arguments[0]!r}: {error.strerror} ({error.filename})."
        raise CannotStart(msg) from None
    tell_guard(f"+group {child.pid}")
    return child, run_id


def spawn_sidecar(script: str, *options: str) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """
    Start one of `sidecars/`; return it with its stdin, for commands.
    """
    arguments = [sys.executable, "-I", "-u", str(SIDECARS / script), *options]
    tool, _ = spawn(arguments, stdin=subprocess.PIPE)
    assert tool.stdin is not None
    return tool, tool.stdin


def child_environment() -> dict[str, str]:
    """
    Our environment as a fresh shell would have it, this Python's programs first on PATH.
    """
    env = for_children(os.environ)
    programs = str(Path(sys.executable).parent)
    env["PATH"] = os.pathsep.join((programs, env.get("PATH", os.defpath)))
    env["PYTHONUNBUFFERED"] = "1"
    return env


def end(child: subprocess.Popen[bytes], run_id: str = "") -> int:
    """
    SIGKILL whatever is left of a child, its group and those who left it; return its exit code.
    """
    signal_group(child.pid, signal.SIGKILL)
    code = child.wait()
    if child.stdin is not None:
        with suppress(BrokenPipeError):  # what it did not read; Python 3.13 complains later
            child.stdin.close()
    if run_id:  # until there are none: what is killed needs a moment to be gone
        wait_until(lambda: kill_strays(run_id) == 0, 2)
    tell_guard(f"-group {child.pid}")
    return code


def kill_strays(run_id: str, folder: str = "") -> int:
    """
    SIGKILL to what `strays()` finds; return how many there were.
    """
    found = strays(run_id, folder)
    for stray in found:
        with suppress(psutil.Error):
            stray.kill()
    return len(found)


def tell_guard(line: str = "") -> None:
    """
    Register (`+group 4121`, `+folder /tmp/x`) or strike off (`-…`) what the guard must end.
    """
    global _guard
    with _lock:
        if line.startswith("+"):
            _registered[line[1:]] = None
        elif line:
            _registered.pop(line[1:], None)
        if _guard is None or _guard.poll() is not None:
            _guard = subprocess.Popen(
                [sys.executable, "-I", str(SIDECARS / "guard.py"), str(os.getpid()), RUN_ID],
                # Unmarked: an outer workbench ends what is marked, but this one must tidy up.
                env={k: v for k, v in os.environ.items() if k != RUN_MARK},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            line = "\n".join(f"+{entry}" for entry in _registered)
        if line:
            assert _guard.stdin is not None
            _guard.stdin.write(f"{line}\n".encode())
            _guard.stdin.flush()


def free_port() -> int:
    """
    A TCP port on 127.0.0.1 that nobody else is given for about a minute.

    It is left in TIME_WAIT, where the system hands it to no one who asks for any port, but a
    server that sets SO_REUSEADDR (they all do) can bind it by number.
    """
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname()):
            accepted, _ = server.accept()
            accepted.close()  # who closes first keeps the TIME_WAIT
        port: int = server.getsockname()[1]
        return port


def _stop_ignoring_signals() -> None:
    """
    Replace "ignore" by a handler that does nothing, wherever we inherited it.

    A program started with `nohup` or `&` in a script ignores SIGINT and friends and so do all
    its children, since exec keeps "ignore"; a handler is reset to the default. (execve(2))
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"):
        signum = getattr(signal, name)
        if signal.getsignal(signum) is signal.SIG_IGN:
            signal.signal(signum, lambda *_: None)
