"""
An incident as a whole: what is told of it, and what is left of it.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.incidents.runs import SPEED
from tools import ROOT
from workbench._waiting import wait_until
from workbench.errors import WorkbenchError
from workbench.incidents import Shop
from workbench.incidents.catalogue import find, incidents
from workbench.incidents.crowd import ROUTES, Crowd
from workbench.incidents.deployment import HERE, Deployment
from workbench.incidents.judge import judge
from workbench.incidents.levers import MECHANISMS
from workbench.incidents.running import Running
from workbench.incidents.seen import Seen

pytestmark = pytest.mark.kept_with(
    "workbench/incidents", "tests/incidents/runs.py", "tests/incidents/release_that_loses"
)

TESTS = Path(__file__).parent
CALLER = f"""
import sys, time
from workbench.incidents.running import Running
running = Running("monday", 1, {SPEED})
print(running.pid, running.wait_open(), flush=True)
time.sleep(600)
"""
# What gives a fault away; mechanisms are told apart by their own words.
TELLING = ("crawler", "fault", "incident", "inject", "leak", "noise", "storm")


class Family:
    """
    A supervisor and all that it has started, with the folders that they are in.
    """

    def __init__(self, pid: int) -> None:
        supervisor = psutil.Process(pid)
        self.below = supervisor.children(recursive=True)
        self.all = [supervisor, *self.below]
        places = {Path(process.cwd()) for process in self.below}
        self.folders = {path for path in places if "workbench-" in str(path)}

    def left(self) -> list[str]:
        found = []
        for process in self.all:
            with suppress(psutil.NoSuchProcess):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
        return found + [str(folder) for folder in self.folders if folder.exists()]


@pytest.mark.parametrize("victim", ["supervisor", "caller"])
def test_nothing_outlives_a_kill(victim: str) -> None:
    """
    1. Somebody opens an incident, with twenty processes.
    2. The supervisor is killed, or who has opened it.

    Result: no process is left, and no folder.
    """
    with subprocess.Popen(
        [sys.executable, "-c", CALLER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as caller:
        try:
            assert caller.stdout
            pid, url = caller.stdout.readline().split()
            Shop(url).wait_page()
            family = Family(int(pid))
            assert len(family.all) > 8
            assert len(family.folders) >= 2

            os.kill(int(pid) if victim == "supervisor" else caller.pid, signal.SIGKILL)

            assert wait_until(lambda: not family.left(), 20), family.left()
        finally:
            caller.kill()


def test_it_ends_with_its_block() -> None:
    """
    When the block of who has opened it is left, nothing of it is.
    """
    with Running("wednesday", 1, SPEED) as running:
        running.wait_open()
        family = Family(running.pid)

    assert wait_until(lambda: not family.left(), 10), family.left()


def told(shop: Shop, family: Family) -> Iterator[str]:
    """
    All that can be read of a shop: by its own means, by `ps`, in environments, in files.
    """
    yield from shop.page
    yield from shop.journal()
    yield repr(shop.metrics())
    yield repr(shop.state())
    yield repr(shop.secrets())
    yield from (line for name in ("api", "balancer") for line in shop.difference(name))
    for component in ("api-1", "api-2", "balancer"):
        yield from shop.logs(component, last=500)
    for process in family.below:
        with suppress(psutil.Error):
            yield " ".join(process.cmdline())
            yield from (
                f"{key}={value}"
                for key, value in process.environ().items()
                if not key.startswith(("PATH", "PYTEST", "WORKBENCH_HOME"))
            )
    for folder in family.folders:
        with suppress(OSError):
            for file in folder.rglob("*.py"):
                yield f"{file.relative_to(folder)}: {file.read_text(encoding='utf-8')}"


@pytest.mark.parametrize("name", incidents())
def test_nothing_names_the_fault(name: str) -> None:
    """
    While it runs, neither its name nor a word for its fault can be read anywhere.
    """
    with Running(name, 1, SPEED) as running:
        shop = Shop(running.wait_open())
        shop.wait_page()
        time.sleep(2)  # what it does shows in the logs
        lines = list(told(shop, Family(running.pid)))

    telling = re.compile(rf"\b(?:{'|'.join([name, *TELLING, *MECHANISMS])})", re.IGNORECASE)
    found = {match[0]: line for line in lines for match in telling.finditer(line)}
    assert len(lines) > 100
    assert found == {}


def test_what_cannot_be_done_is_said() -> None:
    """
    A slip in a word is answered by the words that there are, and changes nothing.
    """
    with Running("wednesday", 1, SPEED) as running:
        shop = Shop(running.wait_open())
        slips = {
            "api-1, api-2": lambda: shop.restart("api-3"),
            "api, balancer": lambda: shop.roll_back("payments"),
            "payments_attempts": lambda: shop.set("retries", 3),
            "float": lambda: shop.set("payments_timeout", "soon"),
            "0 to 4": lambda: shop.scale(9),
            "between 0 and 1": lambda: shop.shed("orders", 2),
            "drained instance": lambda: shop.undrain("api-1"),
            "database, payments": lambda: shop.keys("stripe"),
            "mechanism": lambda: shop.ack("api", "gremlins"),
            "no logs": lambda: shop.logs("payments"),
        }
        for words, slip in slips.items():
            with pytest.raises(WorkbenchError, match=words):
                slip()
        shop.wait_page()
        noted = {line.split()[2] for line in shop.journal()}
        state = shop.metrics()["balancer"]

    assert noted == {"deployed", "paged"}
    assert (state["drained"], state["shed"]) == ([], {})


def test_a_request_can_be_followed() -> None:
    """
    The number of a request in the balancer's log leads to what the instance did for it.
    """
    with Running("wednesday", 1, SPEED) as running:
        shop = Shop(running.wait_open())
        line = shop.logs("balancer", '"route": "orders"')[-1]
        (number,) = re.findall(r'"id": "(r\d+)"', line)

        lines = shop.trace(number)

    assert any("balancer" in line for line in lines)
    assert any("POST /orders" in line for line in lines)


@pytest.mark.parametrize("loses", [False, True])
def test_an_order_that_is_not_stored_is_missed(*, loses: bool) -> None:
    """
    Users order, and all instances are restarted. A release that answers before it has written
    loses orders, and the verdict says so; the shop's own loses none.
    """
    shop = Deployment({}, TESTS / "release_that_loses" if loses else HERE / "release_42", 42, 1)
    shop.build()
    opened = time.monotonic()
    users = Crowd(shop.balancer.port or 0, 1, shop.folder, opened)
    try:
        for route, (method, target, rate) in ROUTES.items():
            users.come(route, method, target, rate)
        assert wait_until(lambda: sum(s.order is not None for s in users.samples) > 20, 30)
        shop.restart("all")
        users.leave()
        state = shop.state
        with shop.database.connect() as connection:
            stored = {number for (number,) in connection.execute("SELECT id FROM orders")}
    finally:
        users.close()
        shop.close()
    seen = Seen(
        samples=users.samples,
        events=[],
        injected=0,
        done=None,
        fresh=None,
        ended=time.monotonic() - opened,
        budget=1,
        before=state,
        after=state,
        stored=frozenset(stored),
    )
    report = judge(seen, find("monday"), name="monday", seed=1, speed=SPEED)

    claim = report.claims[-1]
    assert "accepted" in claim.text
    assert claim.met is not loses, claim.seen
