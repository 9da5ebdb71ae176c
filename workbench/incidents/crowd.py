"""
The users of the shop, and what became of each request.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from workbench._spawn import end, spawn
from workbench._waiting import wait_until
from workbench.errors import CannotMeasure

from .seen import Sample

ROUTES = {  # method, target, requests a second
    "orders": ("POST", "/orders", 12.0),
    "recent": ("GET", "/orders/recent", 9.0),
    "stock": ("GET", "/stock/{item}", 9.0),
}
RATE = sum(rate for *_, rate in ROUTES.values())
LEAVING = 8.0  # seconds for those in flight


class Crowd:
    """
    The process that sends the users' requests. Its samples count from `opened`.
    """

    def __init__(self, port: int, seed: int, folder: Path, opened: float) -> None:
        arguments = [sys.executable, "-m", "shop.users", str(port), str(seed)]
        self._child, _ = spawn(arguments, cwd=folder, stdin=subprocess.PIPE)
        assert self._child.stdin
        assert self._child.stdout
        self._commands = self._child.stdin
        self._opened = opened
        self._samples: list[Sample] = []
        self._words: list[str] = []
        self._reader = threading.Thread(
            target=self._read, args=(self._child.stdout,), name="users", daemon=True
        )
        self._reader.start()

    @property
    def samples(self) -> list[Sample]:
        """
        Requests on the shop's routes that have ended, in the order of their end.
        """
        return list(self._samples)

    def come(self, route: str, method: str, target: str, rate: float) -> None:
        """
        From now on so many requests a second come, on a route of the shop or on another.
        """
        self._tell({"route": route, "method": method, "target": target, "rate": rate})

    def leave(self) -> None:
        """
        Nobody comes any more; wait for those in flight.

        Raises:
            CannotMeasure: The process failed.
        """
        self._tell({"stop": True})
        wait_until(lambda: self._child.poll() is not None, LEAVING)
        code = self._child.poll()
        self.close()
        self._reader.join(1)
        if code != 0:
            msg = "The users' own process failed, so nothing is known of what they got."
            raise CannotMeasure("\n".join([msg, *self._words[-10:]]))

    def close(self) -> None:
        end(self._child)

    def _tell(self, message: object) -> None:
        self._commands.write(f"{json.dumps(message)}\n".encode())
        self._commands.flush()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    self._take(*json.loads(line))
                except ValueError:
                    self._words.append(line.decode(errors="replace").rstrip())

    def _take(
        self,
        route: str,
        due: float,
        sent: float,
        done: float,
        status: int | None,
        order: int | None,
    ) -> None:
        if route in ROUTES:  # others are no users
            since = self._opened
            sample = Sample(route, due - since, sent - since, done - since, status, order)
            self._samples.append(sample)
