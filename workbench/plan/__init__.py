"""
A page to take to work: every number of a good stop, from one sum, in the files it belongs in.

    templates/    those files, with names in the places of the numbers

`course plan` writes them; the README says how a running service is held to the same sum.
"""

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from string import Template

from workbench.errors import WorkbenchError

TEMPLATES = Path(__file__).with_name("templates")
PLAN = "plan.toml"
MOST = 3600  # seconds that any of the terms may be
HEARTBEAT = 30  # seconds, gunicorn's default for --timeout
NAME = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")  # as Kubernetes has it, with room
APP = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    What is measured or promised, in whole seconds; what follows from it.

        grace = pause + drain + cleanup + two margins

    Each of those who wait for the next one waits a margin longer: the server for its requests,
    gunicorn's master for its workers, the platform for the master.

    Args:
        app: Where gunicorn finds it, as in "main:app".
        name: What the service is called, on a platform.
        slowest: The slowest request that is to be answered.
        cleanup: What comes after the last answer: buffers, connections.
        propagation: Until nobody sends any more, once the platform has begun to take it out.
        period: Between two looks of whoever asks for /readyz.
        failures: How many bad ones in a row take it out.
        start: The slowest start.
        margin: What each waits longer than the one it waits for.
    """

    app: str
    name: str
    slowest: int
    cleanup: int
    propagation: int = 5
    period: int = 5
    failures: int = 2
    start: int = 30
    margin: int = 1

    def __post_init__(self) -> None:
        for objection in self._objections():
            raise WorkbenchError(objection)

    @property
    def pause(self) -> int:
        """
        From the beginning of a stop to the signal, while requests still come.
        """
        return max(self.propagation, self.period * self.failures)

    @property
    def drain(self) -> int:
        """
        After the signal: how long the server waits for its requests.
        """
        return self.slowest + self.margin

    @property
    def patience(self) -> int:
        """
        After the signal: how long gunicorn's master waits for its workers.
        """
        return self.drain + self.cleanup + self.margin

    @property
    def after_signal(self) -> int:
        """
        From SIGTERM to SIGKILL.
        """
        return self.patience + self.margin

    @property
    def grace(self) -> int:
        """
        From the beginning of a stop to SIGKILL, where one clock runs through the pause.
        """
        return self.pause + self.after_signal

    @property
    def stop_timeout(self) -> int:
        """
        The same for systemd, whose clock begins anew with SIGTERM.
        """
        return max(self.pause + self.margin, self.after_signal)

    @property
    def heartbeat(self) -> int:
        """
        A worker that drains gives no sign of life: its master shall not take it for stuck.
        """
        return max(HEARTBEAT, self.patience)

    @property
    def liveness_failures(self) -> int:
        """
        Whoever may only be busy is taken out first, and restarted much later.
        """
        return 3 * self.failures

    @property
    def start_failures(self) -> int:
        return math.ceil(self.start / self.period)

    def __str__(self) -> str:
        probe = f"{self.failures} looks, {self.period} s apart"
        rows = [
            ("pause", self.pause, f"{self.propagation} s until all know; {probe}"),
            ("+ drain", self.drain, f"the slowest request, {self.slowest} s, and a margin"),
            ("+ cleanup", self.cleanup, ""),
            (
                "+ 2 margins",
                2 * self.margin,
                "gunicorn's master waits longer, the platform too",
            ),
            ("= grace", self.grace, f"of which {self.after_signal} s are after SIGTERM"),
        ]
        return "\n".join(
            f"{term:<12} {value:>4} s   {why}".rstrip() for term, value, why in rows
        )

    def _objections(self) -> Iterator[str]:
        if not APP.fullmatch(self.app):
            yield f"{self.app!r} is no app: name its module and its variable, as in main:app."
        if not NAME.fullmatch(self.name):
            yield (
                f"{self.name!r} is no name for a service: up to fifty small letters, digits and"
                " hyphens, a letter first."
            )
        for field in fields(self):
            value, least = (
                getattr(self, field.name),
                field.name not in ("cleanup", "propagation"),
            )
            if field.type is int and (type(value) is not int or not least <= value <= MOST):
                yield (
                    f"{field.name} is {value!r}: it is a whole number of seconds (of looks, for"
                    f" failures) from {int(least)} to {MOST}."
                )


def write(plan: Plan, folder: Path) -> list[Path]:
    """
    Write the page into `folder`; what was written.

    Raises:
        WorkbenchError: One of the files is there already; none is written then.
    """
    numbers = asdict(plan) | {
        name: getattr(plan, name)
        for name, value in vars(Plan).items()
        if isinstance(value, property)
    }
    templates = sorted(TEMPLATES.iterdir())
    names = [Template(each.stem).substitute(numbers) for each in templates]
    targets = [folder / name for name in names]
    if there := [target.name for target in targets if target.exists()]:
        msg = (
            f"{folder} has {', '.join(there)} already, and nothing was written. Name another"
            " folder with --into, or remove what is to be replaced."
        )
        raise WorkbenchError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    for template, target in zip(templates, targets, strict=True):
        text = Template(template.read_text(encoding="utf-8")).substitute(numbers)
        target.write_text(text, encoding="utf-8")
    return targets


def read(path: Path) -> Plan:
    """
    The plan of a page that was written, from its plan.toml.

    Raises:
        WorkbenchError: It cannot be read, or is no plan.
    """
    try:
        return Plan(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        msg = f"{path} is no plan ({error}). `course plan` writes one."
        raise WorkbenchError(msg) from None
