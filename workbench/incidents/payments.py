"""
Payments, as its owner has it: a process, and a private line to it.
"""

import subprocess
import sys
from pathlib import Path

from workbench._spawn import end, free_port, spawn
from workbench.errors import WorkbenchError


class Payments:
    """
    Somebody else's service, and the private line to its owner.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.port = free_port()
        arguments = [sys.executable, "-m", "shop.payments", str(self.port)]
        self._child, _ = spawn(arguments, cwd=folder, stdin=subprocess.PIPE)
        self._hear()
        self.tell(f"seed {seed}")

    def tell(self, words: str) -> None:
        """
        Say what it does today: `pause 2`, `decline 0.25`.
        """
        assert self._child.stdin
        self._child.stdin.write(f"{words}\n".encode())
        self._child.stdin.flush()
        self._hear()

    def close(self) -> None:
        assert self._child.stdout
        end(self._child)
        self._child.stdout.close()

    def _hear(self) -> None:
        assert self._child.stdout
        if (line := self._child.stdout.readline()) != b"done\n":
            msg = f"payments failed: {line.decode(errors='replace')}"
            raise WorkbenchError(msg)
