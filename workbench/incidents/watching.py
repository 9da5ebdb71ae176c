"""
What an operator of the shop can see: counters, read once a second, and the alerts on them.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg

from .crowd import ROUTES
from .deployment import Deployment
from .journal import Journal

EVERY = 1.0  # seconds between two readings
KEPT = 1800  # readings
WINDOW = 5.0  # seconds that an alert looks at
LEAST = 6  # readings before an alert
ERRORS, BURNING = 0.15, 0.10  # shares of the requests, from which on an alert is given
ACTIVITY = """\
SELECT count(*),
       count(*) FILTER (WHERE idle),
       coalesce(max(age) FILTER (WHERE idle), 0)::float,
       coalesce(max(age) FILTER (WHERE state = 'active'), 0)::float,
       count(*) FILTER (WHERE wait_event_type = 'Lock')
FROM (
    SELECT state, wait_event_type, state LIKE 'idle in transaction%%' AS idle,
           extract(epoch FROM now() - state_change) AS age
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid()
) sessions
"""


class Watching:
    """
    Reads the counters until it is told to stop.
    """

    def __init__(self, shop: Deployment, journal: Journal) -> None:
        self._shop = shop
        self._journal = journal
        self._series: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._paged: set[str] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watching", daemon=True)
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def metrics(self, window: float) -> dict[str, Any]:
        """
        Rates a second over the last so many seconds, and how things stand.
        """
        series = list(self._series)
        if len(series) < 2:
            return {}
        new = series[-1]
        before = [one for one in series[:-1] if one["at"] <= new["at"] - window] or series[:1]
        old = before[-1]
        seconds = new["at"] - old["at"]
        found: dict[str, Any] = {"at": round(new["at"], 1), "seconds": round(seconds, 1)}
        for name, counters in new["counters"].items():
            if counters is None:
                found[name] = None
                continue
            rates = _rates(old["counters"].get(name), counters, seconds)
            found[name] = {"rates": rates} | {
                key: value for key, value in counters.items() if key != "counts"
            }
        found["postgres"] = new["postgres"]
        if found["balancer"] is not None:
            found["users"] = _users(found["balancer"]["rates"]) | {
                "bad_so_far": _users(new["counters"]["balancer"]["counts"])["bad"]
            }
        return found

    def _watch(self) -> None:
        due = time.monotonic()
        while not self._stopped.is_set():
            self._series.append(self._read())
            self._alert()
            due = max(due + EVERY, time.monotonic())
            self._stopped.wait(due - time.monotonic())

    def _read(self) -> dict[str, Any]:
        return {
            "at": self._journal.now(),
            "counters": self._shop.watched(),
            "postgres": self._activity(),
        }

    def _activity(self) -> dict[str, float] | None:
        try:
            self._connection = self._connection or self._shop.database.connect()
            row = self._connection.execute(ACTIVITY).fetchone()
        except psycopg.Error:  # it may have been ended, or the server: connect again next time
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.close()
            self._connection = None
            return None
        assert row is not None
        names = (
            "connections",
            "idle_in_transaction",
            "oldest_idle",
            "longest_query",
            "blocked",
        )
        return dict(zip(names, (round(value, 1) for value in row), strict=True))

    def _alert(self) -> None:
        if len(self._series) < LEAST:
            return
        seen = self.metrics(WINDOW)
        if "users" not in seen:
            return
        rates = seen["balancer"]["rates"]
        answers = {key: rate for key, rate in rates.items() if key.startswith("requests.")}
        total = sum(answers.values()) or 1.0
        errors = sum(rate for key, rate in answers.items() if key.endswith(("4xx", "5xx")))
        shares = {
            "error ratio of the shop": (errors / total, ERRORS),
            "error budget of the shop burns": (seen["users"]["bad"] / total, BURNING),
        }
        for alert, (share, most) in shares.items():
            if share > most and alert not in self._paged:
                self._paged.add(alert)
                words = (
                    f"{alert}: {share:.0%} of the requests in {seen['seconds']:.0f} s, "
                    f"above {most:.0%}"
                )
                self._journal.note("paged", text=words)


def _rates(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], seconds: float
) -> dict[str, float]:
    """
    How much each counter has grown in a second. A process that began anew counts from zero.
    """
    began_anew = old is None or new.get("uptime", seconds) < old.get("uptime", 0)
    before = {} if old is None or began_anew else old["counts"]
    span = new.get("uptime", seconds) if began_anew else seconds
    return {
        key: round((count - before.get(key, 0)) / max(span, 0.1), 2)
        for key, count in new["counts"].items()
    }


def _users(counted: Mapping[str, float]) -> dict[str, float]:
    """
    Of rates or counts on the users' routes: how many requests, and how many were bad.
    """
    requests = bad = 0.0
    for key, value in counted.items():
        kind, route, *status = key.split(".")
        if route in ROUTES and kind in ("requests", "slow"):
            requests += value if kind == "requests" else 0
            bad += value if kind == "slow" or status == ["5xx"] else 0
    return {"requests": round(requests, 2), "bad": round(bad, 2)}
