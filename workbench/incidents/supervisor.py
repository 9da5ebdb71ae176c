"""
The supervisor of an incident: `python -m workbench.incidents.supervisor`.

It owns the shop, its users, the fault and the journal. The first line on its stdin says which
incident, as JSON: neither `ps` nor an environment does. The end of stdin means that the caller
is gone: it ends at once, and its guard ends all that it has started.

On stdout, as JSON, {"url": …} when the shop is open, {"report": …} or {"failed": …} at the end.
"""

import json
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import asdict
from io import StringIO
from typing import Any

import psycopg

from workbench._process import Process
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError

from .catalogue import Stage, find
from .crowd import ROUTES, Crowd
from .deployment import Deployment, Refused
from .http_api import Answer, serve
from .journal import Journal
from .judge import SEVERAL, budget, judge
from .levers import COMPONENTS, LEVERS, MECHANISMS
from .seen import Seen
from .watching import Watching

BASELINE = 45.0  # seconds of a calm shop, at speed 1
DRAWN = 30.0  # at most so many more
LIMIT = 1800.0  # seconds until nobody is waited for any more, at speed 1
LEAST_CALM = 3.0  # seconds, at any speed
VERIFY = 12.0  # seconds: longer than a pool takes to run empty
SETTLED = 1.0  # second in which those in flight end, who came before `done`
NOISE = 2.0  # seconds of a report on the database
STATUS = 0.5  # seconds between two looks at what is burnt
SHOWN = 500  # lines of a log, at most


class Supervisor:
    """
    One run, from the first process to the verdict.
    """

    def __init__(self, name: str, seed: int, speed: float) -> None:
        self._name, self._seed, self._speed = name, seed, speed
        self._incident = find(name)
        self._draw = random.Random(seed)
        self._budget = budget(speed)
        self._lever = threading.Lock()
        self._said_done = threading.Event()
        self._over = ""  # why no lever can be pulled any more

    def run(self) -> dict[str, Any]:
        """
        Return the report, as JSON knows it.
        """
        one = self._incident
        self._shop = Deployment(one.settings, one.release, one.begins_with, self._seed)
        self._shop.build()
        try:
            return self._open()
        finally:
            self._shop.close()

    def _open(self) -> dict[str, Any]:
        port = self._shop.balancer.port
        assert port is not None
        self._journal = Journal()
        self._users = Crowd(port, self._seed, self._shop.folder, self._journal.opened)
        self._watching = Watching(self._shop, self._journal)
        for route, (method, target, rate) in ROUTES.items():
            self._users.come(route, method, target, rate)
        if not wait_until(lambda: len(self._users.samples) >= 10, 20):
            msg = "The shop is open, and no user got an answer."
            raise WorkbenchError(msg)
        self._watching.start()
        self._note_deployment("api", f"release {self._shop.release} of api")
        say({"url": self._serve()})
        try:
            seen = self._play()
        finally:
            self._watching.stop()
            self._users.close()
        report = judge(
            seen, self._incident, name=self._name, seed=self._seed, speed=self._speed
        )
        return asdict(report)

    def _play(self) -> Seen:
        stage = Stage(self._shop, self._users, self._note_deployment, self._lever)
        incident = self._incident
        calm = (BASELINE + self._draw.uniform(0, DRAWN)) / self._speed
        time.sleep(max(LEAST_CALM, calm))
        self._disturb()
        with self._lever:
            injected = self._journal.now()
            self._journal.note("injected", hidden=True, text=incident.was)
            incident.inject(stage)
            before = self._shop.state
        self._wait_for_the_end(injected)
        done = fresh = None
        if self._said_done.is_set():
            done = self._journal.now()
            time.sleep(SETTLED)
            if incident.again is not None:
                self._journal.note("cause once more", hidden=True)
                incident.again(stage)
                time.sleep(incident.again_lasts)
            fresh = self._journal.now()
            time.sleep(VERIFY)
        self._over = self._over or "You said done: what it led to is being looked at."
        with self._lever:  # one that was begun comes to its end
            after = self._shop.state
        ended = self._journal.now()
        self._users.leave()
        with self._shop.database.connect() as connection:
            stored = connection.execute("SELECT id FROM orders").fetchall()
        return Seen(
            samples=self._users.samples,
            events=self._journal.events,
            injected=injected,
            done=done,
            fresh=fresh,
            ended=ended,
            budget=self._budget,
            before=before,
            after=after,
            stored=frozenset(number for (number,) in stored),
        )

    def _note_deployment(self, component: str, text: str) -> None:
        self._journal.note("deployed", component=component, text=text)

    def _wait_for_the_end(self, injected: float) -> None:
        """
        Until the responder is done, or the budget is burnt several times, or nobody comes.
        """
        while not self._said_done.wait(STATUS):
            burnt = sum(s.bad for s in self._users.samples if s.due >= injected)
            if burnt > SEVERAL * self._budget:
                self._over = f"It is over: the budget was burnt {SEVERAL} times."
            elif self._journal.now() > injected + LIMIT / self._speed:
                self._over = "It is over: nobody said done."
            if self._over:
                self._journal.note("over", text=self._over)
                return

    def _disturb(self) -> None:
        """
        The noise of a run, at a drawn moment: a report that keeps the database from nothing.
        """
        delay = self._draw.uniform(0, DRAWN) / self._speed

        def report() -> None:
            time.sleep(delay)
            self._journal.note("noise", hidden=True, text="a slow report on the database")
            with suppress(psycopg.Error), self._shop.database.connect() as connection:
                connection.execute("SET application_name = 'nightly-report'")
                connection.execute("SELECT pg_sleep(%s)", [NOISE])

        threading.Thread(target=report, name="noise", daemon=True).start()

    # What a responder reads and does

    def _serve(self) -> str:
        readings: dict[str, Answer] = {
            "/page": self._page,
            "/metrics": lambda window="5": self._watching.metrics(float(window)),
            "/logs": self._logs,
            "/trace": self._trace,
            "/difference": self._shop.difference,
            "/sessions": self._shop.database.sessions,
            "/secrets": self._shop.vault.rows,
            "/journal": self._public,
            "/state": self._state,
        }
        deeds: dict[str, Answer] = {
            "/lever": self._pull,
            "/ack": self._acknowledge,
            "/done": self._done,
        }
        return serve(readings, deeds)

    def _page(self) -> list[str]:
        pages = [event for event in self._journal.events if event.what == "paged"]
        return [f"{event.at:.0f} s: {event.details['text']}" for event in pages]

    def _state(self) -> dict[str, object]:
        return {"over": self._over, "budget": self._budget, "seconds": self._journal.now()}

    def _logs(self, component: str, match: str = "", last: str = "20") -> list[str]:
        processes = self._shop.processes()
        if component not in processes:
            msg = f"There are no logs of {component!r}; there are: {', '.join(processes)}."
            raise Refused(msg)
        lines = [text for _, text in self._lines(component, processes[component], match)]
        return lines[-min(int(last), SHOWN) :]

    def _trace(self, id: str) -> list[str]:  # noqa: A002, as it stands in the logs
        found = [
            line
            for name, process in self._shop.processes().items()
            for line in self._lines(name, process, f'"id": "{id}"')
        ]
        return [text for _, text in sorted(found)]

    def _lines(self, name: str, process: Process, match: str) -> list[tuple[float, str]]:
        since = process.started - self._journal.opened
        return [
            (since + seconds, f"{since + seconds:7.2f} s  {name}  {text}")
            for seconds, text in process.log
            if match in text
        ]

    def _public(self) -> list[dict[str, Any]]:
        return [
            {"at": event.at, "what": event.what} | event.details
            for event in self._journal.events
            if event.public
        ]

    def _pull(self, lever: str, arguments: Sequence[object]) -> dict[str, object]:
        self._refuse_when_over()
        if lever not in LEVERS:
            msg = f"There is no lever {lever!r}; there are: {', '.join(LEVERS)}."
            raise Refused(msg)
        wanted = LEVERS[lever].arguments
        if len(arguments) != len(wanted):
            what = " and ".join(wanted) or "nothing"
            msg = f"{lever} takes {what}, not {len(arguments)} words."
            raise Refused(msg)
        words = [str(word) for word in arguments]
        with self._lever:
            began, failed = self._journal.now(), ""
            try:
                getattr(self._shop, lever)(*words)
            except Refused:  # nothing has happened
                raise
            except WorkbenchError as error:
                failed = str(error)
            seconds = round(self._journal.now() - began, 2)
            self._journal.note("lever", at=began, lever=lever, arguments=words, seconds=seconds)
        if failed:
            raise WorkbenchError(failed)
        return {"seconds": seconds}

    def _acknowledge(self, component: str, mechanism: str) -> None:
        self._refuse_when_over()
        for word, words, what in (
            (component, COMPONENTS, "component"),
            (mechanism, MECHANISMS, "mechanism"),
        ):
            if word not in words:
                msg = f"There is no {what} {word!r}; there are: {', '.join(words)}."
                raise Refused(msg)
        self._journal.note("acknowledged", component=component, mechanism=mechanism)

    def _done(self) -> None:
        self._refuse_when_over()
        self._journal.note("done")
        self._said_done.set()

    def _refuse_when_over(self) -> None:
        if self._said_done.is_set():
            msg = "You said done: what it led to is being looked at."
            raise Refused(msg)
        if self._over:
            raise Refused(self._over)


def say(message: object) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.write(json.dumps(message) + "\n")
    sys.__stdout__.flush()


def main() -> None:
    order = json.loads(sys.stdin.readline())

    def wait_for_the_caller() -> None:
        sys.stdin.read()
        os._exit(1)

    threading.Thread(target=wait_for_the_caller, daemon=True).start()
    with redirect_stdout(StringIO()):  # what the workbench prints is no message
        try:
            say({"report": Supervisor(**order).run()})
        except WorkbenchError as error:
            say({"failed": str(error)})
        except Exception:  # noqa: BLE001, whoever called is told
            say({"failed": traceback.format_exc()})


if __name__ == "__main__":
    main()
