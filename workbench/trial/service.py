"""
The service on trial, as often as it must be started: in a copy of its folder, by its command,
in the environment of the shell that the trial was typed into.
"""

import itertools
import os
import re
import shlex
import shutil
import signal as signals
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from workbench._process import Process
from workbench._scratch import discard, scratch
from workbench.sidecars.guard import strays

from .client import Client
from .clock import Clock, NotTried
from .masking import Mask
from .options import Options, Refused, Request

STARTS = 20.0  # seconds in which it must be ready
ACCEPTS = 1.0  # seconds in which it accepts a connection, if it will
PATIENCE = 3.0  # seconds for a service that we end ourselves
MOST_COPIED = 200 << 20  # bytes
NOT_COPIED = {
    *(".git", ".hg", ".venv", "venv", "env", ".tox", ".nox", "node_modules", "__pycache__"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints"),
}


class Service(Process):
    """
    A command that was started for one attack.
    """

    def __init__(
        self, bench: "Bench", folder: Path, port: int | None, environ: Mapping[str, str]
    ) -> None:
        self._bench = bench
        command = shlex.join(bench.command)
        super().__init__("service", command, env={}, cwd=folder, base=environ, port=port)
        assert self.port is not None
        self.address: int = self.port

    def tree(self) -> list[psutil.Process]:
        """
        It and all that it started, whatever group or session they are in.
        """
        return strays(self._run_id)

    def is_ready(self) -> bool:
        """
        Whether it says so, and it is one of its own processes that listens.
        """
        if not self.listeners():
            return False  # whoever else may listen there is not asked
        ready = self._bench.options.ready
        if ready.startswith("/"):
            self._bench.client.allow(Request("GET", ready))
        return self._obstacle(ready) is None

    def becomes_ready(self) -> bool:
        def looked() -> bool:
            if self.is_ready():
                self.ready_after = time.monotonic() - self.started
            return self.ready_after is not None or not self.running

        self._bench.clock.wait_until(looked, STARTS, every=0.05)
        return self.ready_after is not None

    def ends(self, within: float) -> float | None:
        """
        Wait for the end of its first process; the seconds that it took, or None.
        """
        began = time.monotonic()
        if not self._bench.clock.wait_until(lambda: not self.running, within, every=0.01):
            return None
        return time.monotonic() - began

    def listeners(self) -> list[psutil.Process]:
        """
        Those of its processes that listen on its port.
        """
        return [
            process
            for process in self.tree()
            if any(
                link.status == psutil.CONN_LISTEN and link.laddr.port == self.port
                for link in _links(process)
            )
        ]

    def listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.address)) == 0

    def accepted(self, ports: Iterable[int], tree: list[psutil.Process]) -> set[int]:
        """
        Which of these connections, by the ports of their other ends, one of its processes has
        accepted; the others wait in the kernel, and it knows nothing of them.
        """
        held = {
            link.raddr.port
            for process in tree
            for link in _links(process)
            if link.raddr and link.laddr.port == self.port
        }
        return held & set(ports)

    def talks_to(self) -> set[str]:
        """
        Other machines that it is connected with.
        """
        ends = {
            f"{link.raddr.ip}:{link.raddr.port}"
            for process in self.tree()
            for link in _links(process)
            if link.raddr
        }
        return {end for end in ends if not end.startswith(("127.", "::1:", "::ffff:127."))}

    def handles(self, signal: str) -> bool:
        """
        Whether all that listen have a handler for a signal. (Linux; elsewhere it is believed.)
        """
        bit = 1 << (signals.Signals[signal] - 1)
        for process in self.listeners():
            with suppress(OSError):
                text = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
                caught = re.search(r"SigCgt:\s*(\w+)", text)
                if caught and not int(caught[1], 16) & bit:
                    return False
        return True

    def usage(self) -> tuple[float, int]:
        """
        Its memory in MB, and its open files.
        """
        memory, files = 0.0, 0
        for process in self.tree():
            with suppress(psutil.Error):
                memory += process.memory_info().rss / (1 << 20)
                files += process.num_fds()
        return memory, files

    def last_words(self) -> str:
        """
        The last line of its log; of a traceback, the one that names the error.
        """
        if errors := self.tracebacks(self.started):
            return errors[-1]
        lines = [line.text.strip() for line in self.log if line.text.strip()]
        return self._bench.mask.quoted(lines[-1]) if lines else "nothing"

    def end_of(self) -> str:
        """
        How it ended: "exit 0", "by SIGTERM".
        """
        code = self.returncode
        if code is None:
            return "still runs"
        return f"by {signals.Signals(-code).name}" if code < 0 else f"exit {code}"

    def tracebacks(self, since: float) -> list[str]:
        """
        The last line of each traceback since a moment.
        """
        found: list[str] = []
        inside = False
        for seconds, text in self.log:
            if seconds < since - self.started:
                continue
            if "Traceback (most recent call last)" in text:
                inside = True
            elif inside and text and not text[0].isspace():
                found.append(self._bench.mask.quoted(text))
                inside = False
        return found


class Bench:
    """
    Where the trial is held: the options, the client, the clock, and a service for each attack.
    """

    def __init__(self, options: Options, environ: Mapping[str, str]) -> None:
        self.options = options
        self.clock = Clock(options.most)
        self.client = Client(self.clock)
        self.patience = PATIENCE
        self.environ = dict(environ) | options.upstreams | {"PYTHONUNBUFFERED": "1"}
        self.mask = Mask(self.environ, options.settings)
        self.command = _rooted(options.command, options.folder)
        self._numbers = itertools.count(1)
        if not options.here:
            _measure(options.folder)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """
        A fresh copy of the reader's folder, gone after the block: nothing that one attack
        leaves reaches the next.
        """
        if self.options.here:
            yield self.options.folder
            return
        name = f"trial-{next(self._numbers)}"
        copy = scratch(name) / self.options.folder.name
        try:
            shutil.copytree(self.options.folder, copy, symlinks=True, ignore=_not_copied)
            yield copy
        finally:
            discard(name)

    @contextmanager
    def started(
        self,
        folder: Path,
        *,
        port: int | None = None,
        changed: Mapping[str, str] | None = None,
        without: str = "",
    ) -> Iterator[Service]:
        """
        The service, whatever becomes of it; asked to end after the block, then killed.
        """
        self.clock.need(1)
        environ = self.environ | dict(changed or {})
        environ.pop(without, None)
        service = Service(self, folder, port, environ)
        try:
            yield service
        finally:
            service.stop(min(self.patience, self.clock.left))

    @contextmanager
    def ready(self, *, changed: Mapping[str, str] | None = None) -> Iterator[Service]:
        """
        The service, ready, in a folder of its own.
        """
        with self.folder() as folder, self.started(folder, changed=changed) as service:
            if not service.becomes_ready():
                said = f"it was not ready this time ({service.end_of()})"
                raise NotTried(f"{said}; it said last: {service.last_words()}")
            yield service


def _links(process: psutil.Process) -> Iterable[Any]:
    try:
        return process.net_connections("tcp")
    except psutil.Error:  # it has ended
        return []


def _rooted(command: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """
    With a program such as `.venv/bin/python`, which is not copied, named by its whole path.
    """
    program = folder / command[0]
    if "/" in command[0] and NOT_COPIED & set(Path(command[0]).parts) and program.exists():
        return (str(program), *command[1:])
    return command


def _not_copied(folder: str, names: list[str]) -> set[str]:
    """
    Environments, histories, caches; and what is no file: a copy of a socket leads nowhere.
    """
    paths = {name: Path(folder, name) for name in names}
    odd = {
        name
        for name, path in paths.items()
        if not (path.is_file() or path.is_dir() or path.is_symlink())
    }
    return odd | (NOT_COPIED & set(names))


def _measure(folder: Path) -> None:
    """
    Refuse a folder that is no project: somebody's home, say.
    """
    total = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_COPIED]
        for name in files:
            with suppress(OSError):
                total += (Path(place) / name).lstat().st_size
        if total > MOST_COPIED:
            msg = (
                f"{folder} has more than {MOST_COPIED >> 20} MB, and the service is tried in a"
                " copy of it. Go into the service's own folder, or say --here: then it runs in"
                " this one, and may change what is in it."
            )
            raise Refused(msg)
