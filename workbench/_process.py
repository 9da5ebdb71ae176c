"""
Start a service as a real process, signal it, wait for it, read what it said.
"""

import http.client
import os
import re
import shlex
import signal as signals
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, NamedTuple, Self

from ._claims import measured
from ._progress import Progress
from ._spawn import end, free_port, kill_strays, spawn
from ._waiting import wait_until
from .errors import CannotStart, Died, NotReady, NotSeen, StillRunning, WorkbenchError
from .sidecars.guard import signal_group

KEPT_LINES = 20_000  # of a log; what is older is dropped
LONGEST_LINE = 4096  # bytes; a longer one is kept in pieces

_running: dict[str, "Process"] = {}
# Is told of each process that is started; a check makes it remember them.
noticed: Callable[["Process"], None] = lambda _process: None  # noqa: E731


class LogLine(NamedTuple):
    """
    A line that a process wrote, and when: seconds since it was started.
    """

    seconds: float
    text: str


def start(
    command: str,
    *,
    ready: str | None,
    name: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    timeout: float = 30.0,
) -> "Process":
    """
    Run a command as a real process and return once it is ready.

    Prints one line: the command, the address, the pid, the seconds until it was ready.
    Starting the same name again ends the old process first, so that any cell may run twice.

    Args:
        command: As typed into a shell, but run without one; `{port}` becomes a free port.
        ready: What ready means. `"/path"`: a GET of it is answered with less than 400;
            `"port"`: the port accepts a connection; any other text: a regular expression
            found in a line of its log; `None`: not a server, return at once.
        name: What to call it; the command, if nothing is given.
        env: Variables beside the usual ones. What Jupyter and pytest set is taken out.
        cwd: Where to run it; the notebook's own folder, if nothing is given.
        timeout: Seconds until it must be ready.

    Raises:
        CannotStart: There is no such program or folder.
        Died: It ended before it was ready; the message has its last words.
        NotReady: It was not ready in time; the message has what was awaited and its last words.

    Built in miniature in chapter 00.
    """
    process = launch(command, ready=ready, name=name, env=env, cwd=cwd, timeout=timeout)
    words = [process.command, *([process.url] if process.port else []), f"pid {process.pid}"]
    if process.name != process.command:
        words[0] = f"{process.name}: {words[0]}"
    if process.ready_after is not None:
        words.append(f"ready in {measured(process.ready_after, 's')}")
    print("▶ " + " · ".join(words))
    return process


def launch(
    command: str,
    *,
    ready: str | None,
    name: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    timeout: float = 30.0,
    user: str | None = None,
) -> "Process":
    """
    What `start()` does, without the line; `user` is the name of another user to run it as.
    """
    name = name or command
    if name in _running:
        _running[name].stop()
    for attempts_left in (2, 1, 0):
        process = Process(name, command, env=env, cwd=cwd, user=user)
        _running[name] = process
        try:
            process._wait_ready(ready, timeout)
        except BaseException as error:  # KeyboardInterrupt too: leave nothing half started
            process.kill()
            taken = isinstance(error, Died) and "address already in use" in str(error).lower()
            if taken and attempts_left and "{port}" in command:
                continue
            raise
        return process
    raise AssertionError  # the last attempt returns or raises


class Process:
    """
    A command that was started: its address, its log, its end. Made by `start()`.
    """

    def __init__(
        self,
        name: str,
        command: str,
        *,
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
        user: str | None = None,
        base: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.name = name
        self.command = command
        self.ready_after: float | None = None  # seconds since the start
        self.cwd = Path(cwd or Path.cwd())
        self.port = port or free_port() if "{port}" in command else None
        arguments = shlex.split(command.replace("{port}", str(self.port)))
        if not arguments:
            msg = "The command is empty."
            raise CannotStart(msg)
        self.started = time.monotonic()
        self._child, self._run_id = spawn(arguments, env=env, cwd=cwd, user=user, base=base)
        self._lines: deque[LogLine] = deque(maxlen=KEPT_LINES)
        self._lock = threading.Lock()
        assert self._child.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._child.stdout,), name=f"log of {name}", daemon=True
        )
        self._reader.start()
        noticed(self)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def url(self) -> str:
        """
        `http://127.0.0.1:…` with the port that `{port}` became.
        """
        if self.port is None:
            msg = f"{self.name} has no address: its command has no {{port}}."
            raise WorkbenchError(msg)
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def returncode(self) -> int | None:
        """
        `None` while it runs; its exit code; or minus the number of the signal that ended it.
        """
        return self._child.poll()

    @property
    def log(self) -> list[LogLine]:
        """
        What it wrote so far, standard output and error together.
        """
        with self._lock:
            return list(self._lines)

    def tail(self, lines: int = 10, *, match: str = "") -> str:
        """
        The last lines of its log, of those in which the regular expression `match` is found.
        """
        found = [line for line in self.log if re.search(match, line.text)]
        return "\n".join(f"≈ {seconds:6.2f} s  {text}" for seconds, text in found[-lines:])

    def send(self, signal: str) -> None:
        """
        Send a signal, by name (`"SIGTERM"`), to the process itself, not to its children.
        """
        if signal not in signals.Signals.__members__:
            msg = f"There is no signal {signal!r} here; the usual one is 'SIGTERM'."
            raise WorkbenchError(msg)
        if not self.running:
            msg = f"{signal} cannot be sent: {self.name} has {self._ended()}."
            raise self._error(Died, msg)
        self._child.send_signal(signals.Signals[signal])

    def wait(self, timeout: float = 10.0) -> int:
        """
        Wait until it ends; return its exit code, or minus the number of the signal.

        Raises:
            StillRunning: It did not end within `timeout` seconds.
        """
        try:
            code = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            msg = f"{self.name} still runs after {timeout:g} s."
            raise self._error(StillRunning, msg) from None
        self._reader.join(1)  # its last words; a child of its own may hold the pipe open
        return code

    def wait_log(self, pattern: str, *, times: int = 1, timeout: float = 10.0) -> list[LogLine]:
        """
        Wait until a regular expression was found `times` times in the log; return its lines.

        A line counts as often as the expression is found in it: Python's `print` to a pipe is
        two writes, the text and the end of the line, and two workers' lines may become one.

        Raises:
            NotSeen: They did not come within `timeout` seconds.
            Died: The process ended before.
        """

        def found() -> list[LogLine]:
            return [line for line in self.log for _ in re.finditer(pattern, line.text)]

        def over() -> bool:  # its log may end before it does, or after it
            return not self.running and not self._reader.is_alive()

        wait_until(lambda: len(found()) >= times or over(), timeout)
        seen = found()
        if len(seen) >= times:
            return seen[:times]
        what = f"{times} × " if times > 1 else ""
        what = f"awaited in its log: {what}{pattern!r}, seen: {len(seen)}."
        if self.running:
            msg = f"{self.name} runs, but after {timeout:g} s: {what}"
            raise self._error(NotSeen, msg)
        msg = f"{self.name} {self._ended()}; {what}"
        raise self._error(Died, msg)

    def stop(self, timeout: float = 10.0) -> int:
        """
        SIGTERM, and after `timeout` seconds SIGKILL; return its exit code. Any number of times.
        """
        try:
            if self.running:
                self._child.terminate()
                wait_until(lambda: not self.running, timeout)
        finally:  # an interrupted wait, too, must not leave it behind
            code = self.kill()
        return code

    def kill(self) -> int:
        """
        SIGKILL to it and to every process that it started; return its exit code.
        """
        if _running.get(self.name) is self:
            del _running[self.name]
        code = end(self._child, self._run_id)
        self._reader.join(1)
        return code

    def abort(self) -> None:
        """
        SIGABRT: a Python program with PYTHONFAULTHANDLER=1 says where it is before it dies.
        """
        signal_group(self.pid, signals.SIGABRT)
        if wait_until(lambda: not self.running, 1):
            self._reader.join(1)

    def kill_strays(self, folder: Path) -> int:
        """
        SIGKILL to its descendants, whatever group they are in, and to all that works below a
        folder; return how many there were.
        """
        return kill_strays(self._run_id, str(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self.running else self._ended()
        address = f" {self.url}" if self.port else ""
        return f"<Process {self.name!r} pid={self.pid}{address} {state}>"

    def _read(self, stream: IO[bytes]) -> None:
        # Always drained, so that no child ever waits for a reader; in bounded pieces.
        with stream:
            while piece := stream.readline(LONGEST_LINE):
                text = piece.decode(errors="replace").rstrip("\r\n")
                with self._lock:
                    self._lines.append(LogLine(time.monotonic() - self.started, text))

    def _wait_ready(self, ready: str | None, timeout: float) -> None:
        """
        Wait until `_obstacle()` finds nothing more to wait for.
        """
        if ready is None:
            return
        obstacle: str | None = ""

        def done() -> bool:
            nonlocal obstacle
            progress.show(f"{self.name}: {obstacle}")
            obstacle = self._obstacle(ready)
            return obstacle is None or not self.running

        with Progress(timeout) as progress:
            wait_until(done, timeout)
        if obstacle is None:
            self.ready_after = time.monotonic() - self.started
        elif self.running:
            msg = f"{self.name} runs, but is not ready after {timeout:g} s: {obstacle}."
            self.abort()
            raise self._error(NotReady, msg)
        else:
            msg = f"{self.name} {self._ended()} before it was ready ({obstacle})."
            raise self._error(Died, msg)

    def _obstacle(self, ready: str) -> str | None:
        """
        What still stands between the process and "ready": a phrase, or None.
        """
        if not ready.startswith("/") and ready != "port":
            found = any(re.search(ready, line.text) for line in self.log)
            return None if found else f"awaited in its log: {ready!r}"
        if self.port is None:
            msg = f"ready={ready!r} needs a {{port}} in the command {self.command!r}."
            raise CannotStart(msg)
        try:
            if ready == "port":
                socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
                return None
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", ready)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            return f"port {self.port}: {str(error) or type(error).__name__}"
        return None if status < 400 else f"GET {ready} answered {status}"

    def _ended(self) -> str:
        code = self._child.wait()
        if code < 0:
            return f"ended by {signals.Signals(-code).name}"
        return f"ended with exit code {code}"

    def _error(self, kind: type[WorkbenchError], msg: str) -> WorkbenchError:
        """
        An error about this process, with its last words.
        """
        if not self.running:
            self._reader.join(1)
        words = self.tail()
        error = kind(msg + (f"\nIts last words:\n{words}" if words else "\nIt said nothing."))
        error.process = self
        return error
