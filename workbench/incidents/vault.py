"""
The shop's secrets: all versions of each, and which of them the instances were given.
"""

import json
import secrets
import time
from pathlib import Path
from typing import Any

NAMES = ("database", "payments")


class Vault:
    """
    What whoever changes a secret writes down; the instances are told when somebody tells them.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._versions: dict[str, list[tuple[float, str]]] = {name: [] for name in NAMES}
        self._given: dict[str, int] = {}
        for name in NAMES:
            self.renew(name)
            self.give(name)

    def renew(self, name: str) -> str:
        """
        Draw a new version of a secret, and return it. Nobody is told.
        """
        drawn = secrets.token_hex(16)
        self._versions[name].append((time.monotonic(), drawn))
        return drawn

    def newest(self, name: str) -> str:
        return self._versions[name][-1][1]

    def give(self, name: str) -> None:
        """
        Write the newest version of a secret into the file that the instances read.
        """
        self._given[name] = len(self._versions[name])
        given = {
            name: self._versions[name][number - 1][1] for name, number in self._given.items()
        }
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(given), encoding="utf-8")

    def rows(self) -> list[dict[str, Any]]:
        """
        For each secret how many versions there are, how old the newest is, who has which.
        """
        return [
            {
                "secret": name,
                "newest": f"version {len(versions)}",
                "age": f"{time.monotonic() - versions[-1][0]:.0f} s",
                "instances": f"version {self._given[name]}",
            }
            for name, versions in self._versions.items()
        ]
