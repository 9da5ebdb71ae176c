"""
The shop as it is run: its processes, and the levers that are pulled on them.
"""

import difflib
import json
import shutil
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from workbench._process import Process, launch
from workbench._scratch import scratch
from workbench._servers import RedisServer, redis_server
from workbench._spawn import free_port
from workbench.errors import WorkbenchError

from .crowd import ROUTES
from .database import Database
from .payments import Payments
from .seen import State
from .vault import NAMES, Vault

HERE = Path(__file__).resolve().parent
INSTANCES = ("api-1", "api-2")
MOST_INSTANCES = 4
NEWEST = 42  # release of the API; the one before it is there, too
SETTINGS: dict[str, Any] = {
    "payments_attempts": 2,
    "payments_retry_budget": 0.1,
    "payments_timeout": 0.3,
    "charge_later": "off",
    "pool": 12,
}
LOGGED = ["id", "route", "status", "to", "ms"]
CONFIGURATIONS: dict[int, list[str]] = {7: LOGGED, 8: [*LOGGED, "target"]}  # what is logged
SHEDDABLE = (*ROUTES, "other")
DRAINING = 0.5  # seconds in which a drained instance answers what it has
STOPPING = 6.0  # seconds until an instance that does not end is killed
STARTING = 60.0  # seconds, on a machine with better to do
DRAFT = 1.5  # seconds that a price list is a draft


class Refused(WorkbenchError):
    """
    A lever cannot be pulled so; the message says how.
    """


def ask(port: int, path: str, data: object = None, *, timeout: float = 2.0) -> Any:
    """
    GET, or POST some data, as JSON.

    Raises:
        OSError: There was no good answer.
    """
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body)
    with urllib.request.urlopen(request, timeout=timeout) as reply:  # noqa: S310, ours
        return json.load(reply)


class Deployment:
    """
    What runs, and how. A lever is a method: it takes as long as it takes.
    """

    payments: Payments
    balancer: Process
    database: Database
    redis: RedisServer

    def __init__(
        self, settings: Mapping[str, Any], changed: Path, release: int, seed: int
    ) -> None:
        self._seed = seed
        self.settings = SETTINGS | dict(settings)
        self._own: dict[str, dict[str, Any]] = {}  # settings of one instance, by its name
        self.release, self.configuration = release, 7
        # Whether it has had the newer of its two.
        self._deployed = {"api": release == NEWEST, "balancer": False}
        self.instances: dict[str, Process] = {}
        self._drained: set[str] = set()
        self._shed: dict[str, float] = {}
        self._numbers = len(INSTANCES)
        self._lock = threading.RLock()
        self.closed = threading.Event()
        self.vault = Vault(scratch("secrets") / "secrets.json")
        self.releases = {
            number: scratch(f"release-{number}") for number in (NEWEST - 1, NEWEST)
        }
        for folder in self.releases.values():
            shutil.copytree(
                HERE / "shop", folder / "shop", ignore=shutil.ignore_patterns("__pycache__")
            )
        for file in changed.glob("*.py"):
            shutil.copy(file, self.releases[NEWEST] / "shop")

    def build(self) -> None:
        """
        Start all of it, side by side where nothing waits for another.
        """
        parts = (
            self._open_database,
            self._open_redis,
            self._open_payments,
            self._open_balancer,
        )
        with ThreadPoolExecutor() as pool:
            for part in [pool.submit(part) for part in parts]:
                part.result()
            list(pool.map(self._start, INSTANCES))
        self._configure()

    def close(self) -> None:
        self.closed.set()
        parts = [*self.instances.values(), self.balancer, self.database, self.redis]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda part: part.stop(), parts))
        self.payments.close()

    @property
    def folder(self) -> Path:
        """
        Where programs are run that no release changes.
        """
        return self.releases[NEWEST - 1]

    @property
    def state(self) -> State:
        with self._lock:
            instances = dict(self.instances)
        serving = 0
        for name, process in instances.items():
            with suppress(OSError):
                ask(process.port or 0, "/health")
                serving += name not in self._drained
        return State(
            instances={name: process.pid for name, process in instances.items()},
            serving=serving,
            release=self.release,
            configuration=self.configuration,
            settings=dict(self.settings),
            shed={route: share for route, share in self._shed.items() if share},
            drained=tuple(sorted(self._drained)),
        )

    def watched(self) -> dict[str, Any]:
        """
        The counters of the balancer and of each instance, None for one that does not answer.
        """
        with self._lock:
            ports = {name: process.port or 0 for name, process in self.instances.items()}
        found: dict[str, Any] = {}
        for name, port in {"balancer": self._admin, **ports}.items():
            try:
                found[name] = ask(port, "/metrics", timeout=1.0)
            except OSError:
                found[name] = None
        return found

    def processes(self) -> dict[str, Process]:
        """
        Those whose logs can be read.
        """
        with self._lock:
            return {"balancer": self.balancer, **self.instances}

    def difference(self, component: str) -> str:
        """
        What the last deployment of a component changed, as a diff.
        """
        if not self._deployed.get(component, True):
            return ""
        if component == "balancer":
            before, after = ([json.dumps({"log": log})] for log in CONFIGURATIONS.values())
            return _difference(before, after, "configuration")
        self._only(component, ("api", "balancer"), "component with deployments")
        found = []
        for file in sorted((self.releases[NEWEST] / "shop").glob("*.py")):
            before, after = (
                (folder / "shop" / file.name).read_text(encoding="utf-8").splitlines()
                for folder in self.releases.values()
            )
            found.append(_difference(before, after, f"{file.name}, release"))
        return "\n".join(filter(None, found))

    # What others do

    def reconfigure_balancer(self) -> None:
        """
        Deploy another configuration of the balancer: it logs a field more.
        """
        self.configuration = 8
        self._deployed["balancer"] = True
        self._configure()

    def deploy(self) -> None:
        """
        Deploy the newest release, an instance after the other.
        """
        self.release = NEWEST
        self._deployed["api"] = True
        for name in list(self.instances):
            self._replace_drained(name)

    def misconfigure(self, instance: str, key: str, value: object) -> None:
        """
        Give one instance another setting, now and whenever it starts.
        """
        self._own[instance] = {key: value}
        ask(self.instances[instance].port or 0, "/settings", {key: value}, timeout=5.0)

    def move(self, instance: str) -> None:
        """
        Another node for an instance: it is drained, ends, and starts there.
        """
        self._replace_drained(instance)

    def rotate_password(self) -> None:
        """
        The API's role in the database gets another password, and whoever is in has to go.
        """
        self.database.set_password(self.vault.renew("database"))
        self.database.end_sessions()

    def rotate_key(self) -> None:
        """
        Payments gets another key to know the shop by, and does not know the one before.
        """
        self.payments.tell(f"expect authorization {self.vault.renew('payments')}")

    def publish_prices(self) -> None:
        """
        Another price list is in force; before, Redis has had its draft for some seconds.
        """
        with redis.Redis.from_url(self.redis.url) as cache:
            cache.set("price-list", "draft")
            time.sleep(DRAFT)
            number = self.database.publish_prices()
            self.payments.tell(f"expect price-list {number}")
            cache.set("price-list", number)

    # The levers

    def restart(self, target: str) -> None:
        names = list(self.instances)
        if target != "all":
            self._only(target, names, "instance")
            names = [target]
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._replace, names))

    def roll_back(self, component: str) -> None:
        self._only(component, ("api", "balancer"), "component to roll back")
        if component == "balancer":
            if self.configuration == min(CONFIGURATIONS):
                msg = f"The balancer has configuration {self.configuration}, and none before."
                raise Refused(msg)
            self.configuration = min(CONFIGURATIONS)
            self._configure()
            return
        if self.release == min(self.releases):
            msg = f"The API runs release {self.release}, and there is none before."
            raise Refused(msg)
        self.release = min(self.releases)
        for name in list(self.instances):
            self._replace_drained(name)

    def scale(self, count: str) -> None:
        if not count.isdecimal() or int(count) > MOST_INSTANCES:
            msg = f"There can be 0 to {MOST_INSTANCES} instances, not {count!r}."
            raise Refused(msg)
        while len(self.instances) > int(count):
            youngest = max(self.instances, key=lambda name: int(name.rpartition("-")[2]))
            with self._lock:
                process = self.instances.pop(youngest)
            self._configure()
            process.stop(STOPPING)
        while len(self.instances) < int(count):
            self._numbers += 1
            self._start(f"api-{self._numbers}")
            self._configure()

    def drain(self, instance: str) -> None:
        self._only(instance, self.instances, "instance")
        self._drained.add(instance)
        self._configure()

    def undrain(self, instance: str) -> None:
        self._only(instance, self._drained, "drained instance")
        self._drained.discard(instance)
        self._configure()

    def set(self, key: str, value: str) -> None:
        self._only(key, self.settings, "setting")
        kind = type(self.settings[key])
        try:
            self.settings[key] = kind(value)
        except ValueError:
            msg = f"{key} is {self.settings[key]!r} and becomes {kind.__name__}, not {value!r}."
            raise Refused(msg) from None
        for own in self._own.values():
            own.pop(key, None)
        for process in list(self.instances.values()):
            with suppress(OSError):  # one that is down reads it when it starts
                ask(process.port or 0, "/settings", {key: self.settings[key]}, timeout=5.0)

    def shed(self, route: str, share: str) -> None:
        self._only(route, SHEDDABLE, "route")
        try:
            wanted = float(share)
        except ValueError:
            wanted = -1.0
        if not 0 <= wanted <= 1:
            msg = f"A share is between 0 and 1, not {share!r}."
            raise Refused(msg)
        self._shed[route] = wanted
        self._configure()

    def keys(self, secret: str) -> None:
        self._only(secret, NAMES, "secret")
        self.vault.give(secret)
        for process in list(self.instances.values()):
            with suppress(OSError):  # one that is down reads it when it starts
                ask(process.port or 0, "/secrets", {}, timeout=5.0)

    def end_session(self, session: str) -> None:
        if session != "idle" and not session.isdecimal():
            msg = f"A session is the number of its process, or idle, not {session!r}."
            raise Refused(msg)
        if session == "idle":
            self.database.end_idle()
        elif not self.database.end_session(int(session)):
            msg = f"The database has no session {session}."
            raise Refused(msg)

    # How they do it

    def _only(self, word: str, words: Iterable[str], what: str) -> None:
        if word not in words:
            there = ", ".join(sorted(words)) or "none"
            msg = f"There is no {what} {word!r}; there are: {there}."
            raise Refused(msg)

    def _replace(self, name: str) -> None:
        self.instances[name].stop(STOPPING)
        self._start(name)
        self._configure()

    def _replace_drained(self, name: str) -> None:
        was_drained = name in self._drained
        self._drained.add(name)
        self._configure()
        time.sleep(DRAINING)
        self._replace(name)
        if not was_drained:
            self.undrain(name)

    def _start(self, name: str) -> None:
        process = launch(
            f"{sys.executable} -m shop.api {{port}}",
            ready="/health",
            name=name,
            cwd=self.releases[self.release],
            env={
                "NAME": name,
                "RELEASE": str(self.release),
                "DATABASE_URL": self.database.url_for(name),
                "REDIS_URL": self.redis.url,
                "PAYMENTS_PORT": str(self.payments.port),
                "SECRETS": str(self.vault.file),
                "SETTINGS": json.dumps(self.settings | self._own.get(name, {})),
            },
            timeout=STARTING,
        )
        with self._lock:
            self.instances[name] = process

    def _configure(self) -> None:
        with self._lock:
            configuration = {
                "number": self.configuration,
                "to": {name: process.port for name, process in self.instances.items()},
                "drained": sorted(self._drained),
                "shed": self._shed,
                "log": CONFIGURATIONS[self.configuration],
            }
            ask(self._admin, "/configuration", configuration, timeout=5.0)

    def _open_database(self) -> None:
        self.database = Database(self.vault.newest("database"))

    def _open_redis(self) -> None:
        self.redis = redis_server()

    def _open_payments(self) -> None:
        self.payments = Payments(self.folder, self._seed)

    def _open_balancer(self) -> None:
        self._admin = free_port()
        self.balancer = launch(
            f"{sys.executable} -m shop.balancer {{port}} {self._admin}",
            ready="balancer listens",
            name="balancer",
            cwd=self.folder,
        )


def _difference(before: Sequence[str], after: Sequence[str], what: str) -> str:
    lines = difflib.unified_diff(before, after, f"{what} before", f"{what} now", lineterm="")
    return "\n".join(lines)
