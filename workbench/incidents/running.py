"""
An incident as its caller has it: a supervisor that was started, and what it says.
"""

import json
import subprocess
import sys
import threading
from typing import IO, Any, Self

from pydantic import TypeAdapter

from workbench._spawn import end, spawn
from workbench._waiting import wait_until
from workbench.errors import CannotMeasure

from .report import Report

OPENING = 120.0  # seconds, on a machine with better to do
CLOSING = 20.0  # seconds for the guard to end what is left

_REPORT = TypeAdapter(Report)


class Running:
    """
    A supervisor. It ends when the block is left, or its caller is gone.
    """

    def __init__(self, name: str, seed: int, speed: float) -> None:
        self.report: Report | None = None
        self.url = ""
        self._failed = ""
        self._words: list[str] = []
        arguments = [sys.executable, "-m", "workbench.incidents.supervisor"]
        self._child, self._run_id = spawn(arguments, stdin=subprocess.PIPE)
        assert self._child.stdin
        assert self._child.stdout
        order = {"name": name, "seed": seed, "speed": speed}
        self._child.stdin.write(f"{json.dumps(order)}\n".encode())
        self._child.stdin.flush()
        self._reader = threading.Thread(
            target=self._read, args=(self._child.stdout,), name="supervisor", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def over(self) -> bool:
        """
        Whether it has said all that it will say.
        """
        return self.report is not None or not self._reader.is_alive()

    def wait_open(self) -> str:
        """
        Wait until the shop serves its users; return where it is run from.

        Raises:
            CannotMeasure: It did not open.
        """
        wait_until(lambda: self.url or self.over, OPENING)
        if not self.url:
            self.close()
            raise self._error("The shop did not open")
        return self.url

    def wait(self, timeout: float) -> bool:
        """
        Wait until it is over, at most so long; whether it is.
        """
        return wait_until(lambda: self.over, timeout, every=0.1)

    def result(self) -> Report:
        """
        What it has found, once it is over.

        Raises:
            CannotMeasure: The supervisor failed.
        """
        if self.report is None:
            raise self._error("The incident was not judged")
        return self.report

    def close(self) -> None:
        """
        End it, and all that it has started. Any number of times.
        """
        assert self._child.stdin
        if not self._child.stdin.closed:
            self._child.stdin.close()
            wait_until(lambda: self._child.poll() is not None, CLOSING)
            end(self._child, self._run_id)
            self._reader.join(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    self._take(json.loads(line))
                except ValueError:
                    self._words.append(line.decode(errors="replace").rstrip())

    def _take(self, message: dict[str, Any]) -> None:
        if "url" in message:
            self.url = message["url"]
        elif "report" in message:
            self.report = _REPORT.validate_python(message["report"])
        else:
            self._failed = message["failed"]

    def _error(self, what: str) -> CannotMeasure:
        why = self._failed or "\n".join(self._words[-15:]) or "its supervisor said nothing"
        return CannotMeasure(f"{what}: {why}")
