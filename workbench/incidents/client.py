"""
A client of the supervisor: what a responder reads and does, whether by hand or by program.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from workbench.errors import NotSeen, WorkbenchError

READING, PULLING = 10.0, 120.0  # seconds for an answer


class Reading:
    """
    What was read. A notebook marks each line of it: in another run it is another one.
    """

    def _ipython_display_(self) -> None:
        print(*(f"⚙ {line}" for line in repr(self).splitlines()), sep="\n")


class Lines(Reading, list[str]):
    """
    Lines of text, shown as such.
    """

    def __repr__(self) -> str:
        return "\n".join(self)


class Metrics(Reading, dict[str, Any]):
    """
    What was read, by component; shown a line for each figure that is not zero.
    """

    def __repr__(self) -> str:
        if not self:
            return "Nothing was read yet."
        lines = [f"the last {self['seconds']:g} s, at {self['at']:g} s; rates a second"]
        for component, figures in self.items():
            if figures is None:
                lines.append(f"{component}: no answer")
            elif isinstance(figures, dict):
                lines.append(f"{component}:")
                flat = figures | figures.get("rates", {})
                flat.pop("rates", None)
                lines += [
                    f"    {name:<28} {_plain(value)}" for name, value in flat.items() if value
                ]
        return "\n".join(lines)


class Rows(Reading, list[dict[str, Any]]):
    """
    Rows of a table, shown a line each.
    """

    def __repr__(self) -> str:
        return "\n".join(
            "  ".join(f"{name} {value}" for name, value in row.items()) for row in self
        )


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {each}" for name, each in value.items())
    return f"{value:g}" if isinstance(value, float) else f"{value}"


class Shop:
    """
    A shop in an incident. A lever returns when it has done what it does: the seconds it took.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    # Readings

    @property
    def page(self) -> Lines:
        """
        What the alerts have said so far.
        """
        return Lines(self._get("/page"))

    def wait_page(self, timeout: float = 120.0) -> Lines:
        """
        Wait for the first page.

        Raises:
            NotSeen: None came in so many seconds.
        """
        deadline = time.monotonic() + timeout
        while not (pages := self.page):
            if time.monotonic() > deadline:
                msg = f"No page came in {timeout:g} s."
                raise NotSeen(msg)
            time.sleep(0.3)
        return pages

    def metrics(self, window: float = 5.0) -> Metrics:
        """
        Counters of the balancer, the instances, PostgreSQL and the users: rates a second, over
        so many seconds.
        """
        return Metrics(self._get("/metrics", window=window))

    def logs(self, component: str, match: str = "", last: int = 20) -> Lines:
        """
        The last lines of a component's log that contain a text.
        """
        return Lines(self._get("/logs", component=component, match=match, last=last))

    def trace(self, id: str) -> Lines:  # noqa: A002, as it stands in the logs
        """
        What all components have logged of one request, in the order of time.
        """
        return Lines(self._get("/trace", id=id))

    def difference(self, component: str) -> Lines:
        """
        What the last deployment of the API or the balancer has changed.
        """
        found = self._get("/difference", component=component).splitlines()
        return Lines(found or [f"Nothing of {component} was deployed."])

    def sessions(self) -> Rows:
        """
        Who works in the database or waits there, for how many seconds, and for whom.
        """
        return Rows(self._get("/sessions"))

    def secrets(self) -> Rows:
        """
        How many versions there are of each secret, how old the newest is, and who has which.
        """
        return Rows(self._get("/secrets"))

    def journal(self) -> Lines:
        """
        What was deployed, paged, acknowledged and done.
        """
        return Lines(
            f"{event.pop('at'):7.2f} s  {event.pop('what'):<13} "
            + " ".join(f"{value}" for value in event.values())
            for event in self._get("/journal")
        )

    # Levers

    def restart(self, target: str) -> float:
        return self._pull("restart", target)

    def roll_back(self, component: str) -> float:
        return self._pull("roll_back", component)

    def scale(self, count: int) -> float:
        return self._pull("scale", count)

    def drain(self, instance: str) -> float:
        return self._pull("drain", instance)

    def undrain(self, instance: str) -> float:
        return self._pull("undrain", instance)

    def set(self, key: str, value: object) -> float:
        return self._pull("set", key, value)

    def shed(self, route: str, share: float) -> float:
        return self._pull("shed", route, share)

    def keys(self, secret: str) -> float:
        return self._pull("keys", secret)

    def end_session(self, session: int | str) -> float:
        return self._pull("end_session", session)

    def ack(self, component: str, mechanism: str) -> None:
        """
        Name what is wrong, from the two lists in `levers.py`. Two names are read, not more.
        """
        self._post("/ack", component=component, mechanism=mechanism)

    def say_done(self) -> None:
        """
        Say that it is repaired. From now on it is looked at, and nothing can be done any more.
        """
        self._post("/done")

    def state(self) -> dict[str, Any]:
        """
        Why nothing can be done any more, if so; the budget; the seconds since the shop opened.
        """
        state: dict[str, Any] = self._get("/state")
        return state

    # The way there

    def _pull(self, lever: str, *arguments: object) -> float:
        seconds: float = self._post("/lever", lever=lever, arguments=arguments)["seconds"]
        return seconds

    def _get(self, path: str, **query: object) -> Any:
        return self._ask(f"{path}?{urllib.parse.urlencode(query)}", None, READING)

    def _post(self, path: str, **content: object) -> Any:
        return self._ask(path, json.dumps(content).encode(), PULLING)

    def _ask(self, path: str, body: bytes | None, timeout: float) -> Any:
        request = urllib.request.Request(self.url + path, body)  # noqa: S310, ours
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:  # noqa: S310, ours
                return json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                raise WorkbenchError(json.load(error)["error"]) from None
        except OSError as error:
            msg = f"The incident does not answer at {self.url} ({error}): it is over."
            raise WorkbenchError(msg) from None
