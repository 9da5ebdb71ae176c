"""
An incident in a notebook: the shop opens, the reader is on call.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Self

from workbench._display import say, show_bundle
from workbench._progress import Progress
from workbench._records import keep
from workbench.errors import WorkbenchError, refusal
from workbench.exercises.as_html import as_html
from workbench.exercises.exercise import work_folder

from .catalogue import draw, find
from .client import Lines, Reading, Shop
from .levers import COMPONENTS, LEVERS, MECHANISMS
from .report import Report
from .running import Running
from .timeline import plot_incident

MOST_SEEDS = 1_000_000  # short enough to be typed
VERIFYING = 60.0  # seconds, after `done`
STATUS = 1.0  # seconds between two looks
READINGS = (
    "`watch()`, `page`, `metrics()`, `logs(component)`, `trace(id)`, `difference(component)`, "
    "`sessions()`, `secrets()`, `journal()`"
)
RUNNING = "running"  # the file with the address of the one that runs

_current: "OnCall | None" = None


def incident(
    name: str | None = None, *, seed: int | None = None, speed: float = 1.0
) -> "OnCall":
    """
    Open a shop of real processes, with users, to which something will happen.

        shop = incident("monday")
        shop.watch()
        shop.metrics()

    The incident before it is over, so that any cell may run twice.

    Args:
        name: Which; if nothing is given, one is drawn, and named with the verdict.
        seed: What chance is drawn from: which incident, when, and what else happens.
        speed: Divides the seconds of calm, and the budget, by so much.

    Raises:
        WorkbenchError: There is no such incident.
        CannotMeasure: The shop did not open.

    The same from a terminal: `course incident monday`.
    """
    global _current
    if _current is not None:
        _current.stop()
    _current = OnCall(name, seed, speed)
    say(_briefing(), fixed=True)
    return _current


class Seconds(Reading, float):
    """
    How long a lever took.
    """

    def __repr__(self) -> str:
        return f"{float(self):.2f} s"


class OnCall(Shop):
    """
    A shop, and who is on call for it. Made by `incident()`.
    """

    def __init__(self, name: str | None, seed: int | None, speed: float) -> None:
        self.seed = secrets.randbelow(MOST_SEEDS) if seed is None else seed
        self._name = name or draw(self.seed)
        find(self._name)
        self._shown_as = name or "drawn"
        self._running = Running(self._name, self.seed, speed)
        super().__init__(self._running.wait_open())
        self._report: Report | None = None
        self._budget = self.state()["budget"]
        self._note_where()
        print(
            f"▶ incident: {self._shown_as} · seed {self.seed} · {self.url}"
            f" · budget: {self._budget} bad requests"
        )

    def watch(self, seconds: float = 60.0) -> Lines:
        """
        Look at the users, in a line that is drawn over, until there is a new page, or so long;
        return all pages so far.
        """
        pages = self.page
        known, shares = len(pages), list[float]()
        with Progress(seconds) as progress:
            for _ in range(round(seconds / STATUS)):
                if self._running.wait(STATUS):
                    break
                try:
                    pages, users = self.page, self.metrics(2).get("users")
                except WorkbenchError:
                    if self._running.wait(STATUS):  # it has ended meanwhile
                        break
                    raise
                if users:
                    shares.append(users["bad"] / (users["requests"] or 1))
                    words = f"{users['bad']:.0f} of {users['requests']:.0f} bad a second"
                    so_far = f"{users['bad_so_far']:.0f} of {self._budget} burnt"
                    progress.show(f"{words} · {so_far}", shares)
                if len(pages) > known:
                    break
        return pages

    def _pull(self, lever: str, *arguments: object) -> float:
        return Seconds(super()._pull(lever, *arguments))

    def done(self) -> Report:
        """
        Say that it is repaired, wait until that was looked at, show the verdict, and keep it.

        Raises:
            CannotMeasure: The incident could not be judged.
        """
        if self._report is None:
            report = self.finish()
            # Marked, as all that is another in another run.
            text = str(report).replace("  From the fault", "  ⚙ From the fault")
            form = {"text/html": as_html(report.verdict), "text/plain": text}
            show_bundle(form, fixed=False)
        assert self._report is not None
        return self._report

    def finish(self) -> Report:
        """
        What `done()` does, without showing it.
        """
        with suppress(WorkbenchError):  # it may be over without a word of theirs
            self.say_done()
        with Progress(VERIFYING) as progress:
            while not self._running.wait(STATUS):
                progress.show("does it last?")
        self._report = self._running.result()
        self.stop()
        folder = work_folder() / ".incidents"
        try:
            keep(self._report, folder)
        except OSError as error:
            print(f"This verdict is not kept. {refusal(error, folder)}")
        return self._report

    def timeline(self, *, title: str = "") -> None:
        """
        Draw what happened, and what it cost the users, once it is over.
        """
        plot_incident(self.done(), title=title)

    def stop(self) -> None:
        """
        End the shop, without a verdict if there is none yet. Any number of times.
        """
        self._running.close()
        where = where_it_runs()
        if where.exists() and where.read_text(encoding="utf-8") == self.url:
            where.unlink()

    @property
    def over(self) -> bool:
        """
        Whether nothing can be done any more.
        """
        return self._running.over

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        if self._report is not None:
            return f"{self._report!r}"
        if self.over:
            return f"<OnCall {self._shown_as}, over: done() shows the verdict>"
        return f"<OnCall {self._shown_as} {self.url} pages: {len(self.page)}>"

    def _note_where(self) -> None:
        """
        So that a terminal beside the notebook finds it.
        """
        where = where_it_runs()
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(self.url, encoding="utf-8")


def where_it_runs() -> Path:
    """
    The file with the address of the incident that runs in this copy of the course.
    """
    return work_folder() / ".incidents" / RUNNING


def _briefing() -> str:
    table = "\n".join(
        f"| `{name}({', '.join(lever.arguments)})` | {lever.does} | {lever.costs} |"
        for name, lever in LEVERS.items()
    )
    components, mechanisms = ", ".join(COMPONENTS), ", ".join(MECHANISMS)
    return f"""\
You are on call for a shop. Its users come whatever happens; sooner or later there is a page.

**Read** {READINGS}.

| lever | does | costs |
|:--|:--|:--|
{table}

**Name it** with `ack(component, mechanism)`, twice at most.
The components: {components}.
The mechanisms: {mechanisms}.

**End it** with `done()`.
"""
