"""
What the reader has said of their service, and what a trial refuses to do.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError

HARMLESS = ("GET", "HEAD")
LOOPBACK = ("127.0.0.1", "localhost")
# What they start is not their child: no signal would reach it, and nothing would end it.
ELSEWHERE = ("docker", "doas", "kubectl", "nerdctl", "podman", "ssh", "sudo", "systemctl")
FRONTS = ("none", "balancer", "buffers")
PLACES = ("container", "unit", "host")
LEVELS = ("problem", "depends")
MOST_AT_ONCE = 16  # slow requests beside a fast one
ALONE, EACH_UPSTREAM = 120.0, 90.0  # seconds that a trial may take, unless it is said


class Refused(WorkbenchError):
    """
    The trial does not begin; the message says what to change.
    """


class Request(NamedTuple):
    """
    What to ask for: "GET /quote", or "POST /orders {"item": 7}".
    """

    method: str
    path: str
    body: str = ""

    @classmethod
    def read(cls, text: str) -> "Request":
        method, _, rest = text.strip().partition(" ")
        path, _, body = rest.strip().partition(" ")
        if not method.isalpha() or not path.startswith("/"):
            msg = f"--request {text!r} is no request: write 'GET /path', and a body behind it."
            raise Refused(msg)
        return cls(method.upper(), path, body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    One trial: the command, what to ask of it, and what is around the service in production.
    """

    command: tuple[str, ...]
    folder: Path
    ready: str = "port"
    requests: tuple[Request, ...] = (Request("GET", "/"),)
    writes: bool = False
    upstreams: dict[str, str] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    grace: float = 30.0
    slowest: float | None = None  # seconds of the slowest request, as planned
    front: str | None = None
    place: str | None = None
    at_once: int | None = None
    after: str | None = None
    here: bool = False
    outside: bool = False
    limit: float | None = None

    def __str__(self) -> str:
        return shlex.join(self.command).replace("'{port}'", "{port}")

    @property
    def most(self) -> float:
        """
        Seconds that the whole may take.
        """
        return self.limit or ALONE + EACH_UPSTREAM * len(self.upstreams)

    def refuse(self, environ: Mapping[str, str]) -> None:
        """
        Look at all of it before anything is started.

        Raises:
            Refused: It would do harm, or could say nothing; the message says what to change.
        """
        for objections in (
            self._to_command(),
            self._to_requests(),
            self._to_surroundings(environ),
            self._to_numbers(),
        ):
            for objection in objections:
                raise Refused(objection)

    def _to_command(self) -> Iterator[str]:
        if not any("{port}" in word for word in self.command):
            yield (
                f"{self} has no {{port}}: the trial chooses a free one for each start. Write it"
                " where the port belongs, as in `uvicorn mine:app --port {port}`."
            )
        if (program := Path(self.command[0]).name) in ELSEWHERE:
            yield (
                f"{program} starts the service where no signal of the trial reaches it, and"
                " nothing would end it. Give the command that runs inside."
            )

    def _to_requests(self) -> Iterator[str]:
        for request in self.requests:
            if request.method not in HARMLESS and not self.writes:
                yield (
                    f"{request} may change data, and is sent some hundred times. Give the"
                    " service a store that may be lost, and say --writes."
                )

    def _to_surroundings(self, environ: Mapping[str, str]) -> Iterator[str]:
        for name, address in self.upstreams.items():
            url = urlsplit(address)
            if url.hostname not in LOOPBACK or url.port is None:
                yield (
                    f"--upstream {name}={address} is not on this machine. The trial disturbs"
                    f" only what runs here: start one, and say {name}=http://127.0.0.1:PORT."
                )
        for name in self.settings:
            if name not in environ and name not in self.upstreams:
                yield (
                    f"--setting {name}: it is not set here, so nothing changes without it."
                    f" Set it as the service needs it: {name}=… course trial …"
                )

    def _to_numbers(self) -> Iterator[str]:
        for name, value, least, most in (
            ("grace", self.grace, 1, 600.0),
            ("limit", self.most, 20.0, 3600.0),
            ("at-once", self.at_once or 1, 1, MOST_AT_ONCE),
        ):
            if not least <= value <= most:
                yield f"--{name} {value:g} is out of bounds: {least:g} to {most:g}."
