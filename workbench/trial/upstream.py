"""
The attack by an upstream: slow, resetting, refusing, hanging, and well again.
"""

import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from workbench._proxy import Proxy, proxy

from .calm import Calm
from .client import Call
from .clock import NotTried
from .options import Request
from .service import Bench, Service

LATENCY = 1.0
HANGS = 8.0
PATIENCE = 6.0  # seconds within which callers must have an answer
RECOVERS = 20.0  # seconds after the upstream is well
MOST = 16.0  # requests a second, to all routes together
IN_A_ROW = 8  # good answers that count as well again
FAULTS = {"late": 2.5, "reset": 2.0, "refused": 2.0, "hung": HANGS}  # and their seconds


@dataclass
class Suffered:
    """
    One route during one fault.
    """

    touched: bool  # it was slower, or failed
    answers: dict[str, int]  # statuses and outcomes
    worst: float
    back_after: float | None


@dataclass
class Upstream:
    """
    What became of each route, fault by fault, and of memory and files after each.
    """

    name: str
    routes: list[Request] = field(default_factory=list)
    suffered: dict[str, dict[Request, Suffered]] = field(default_factory=dict)
    files: list[int] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def disturb(bench: Bench, calm: Calm, name: str, *, blocks: bool) -> Upstream:
    """
    Every fault in turn, on one service: each begins when the one before was got over, or not.

    Args:
        bench: Where the service is started.
        calm: What it does at rest.
        name: The variable that names the upstream.
        blocks: Whether its slow route holds up the others: our own load would be the fault.
    """
    url = urlsplit(bench.options.upstreams[name])
    with proxy(f"http://127.0.0.1:{url.port}") as wire:
        user, at, _ = url.netloc.rpartition("@")
        moved = url._replace(netloc=f"{user}{at}127.0.0.1:{wire.port}").geturl()
        with bench.ready(changed={name: moved}) as service:
            routes = [each for each in calm.seconds if not (blocks and each == calm.slow)]
            run = _Run(bench, calm, service, routes)
            run.bears_the_load()
            seen = Upstream(name, routes)
            _weigh(service, seen)
            for fault, seconds in FAULTS.items():
                seen.suffered[fault] = run.during(fault, _block(wire, fault), seconds)
                _weigh(service, seen)
            return seen


def _block(wire: Proxy, fault: str) -> AbstractContextManager[None]:
    match fault:
        case "late":
            return wire.latency(LATENCY)
        case "reset":
            return wire.reset()
        case "refused":
            return wire.down()
        case _:
            return wire.hang()


def _weigh(service: Service, seen: Upstream) -> None:
    memory, files = service.usage()
    seen.memory.append(memory)
    seen.files.append(files)


class _Run:
    """
    A load on all routes, and what is good for each of them.
    """

    def __init__(
        self, bench: Bench, calm: Calm, service: Service, routes: list[Request]
    ) -> None:
        self._bench, self._calm, self._service, self._routes = bench, calm, service, routes
        self._rate = min(MOST, 8.0 * len(routes))
        self._usual = {
            route: max(
                bench.client.ask(service.address, route, PATIENCE).seconds for _ in range(3)
            )
            for route in routes
        }

    def bears_the_load(self) -> None:
        """
        Ask as often as later, while nothing is wrong.

        Raises:
            NotTried: Even then it fails, or takes long.
        """
        with self._bench.client.steady(
            self._service.address, self._routes, self._rate, PATIENCE
        ) as calls:
            time.sleep(1.5)
        bad = [call for call in calls if not self._good(call.wait())]
        if bad:
            msg = (
                f"{len(bad)} of {len(calls)} requests fail or take long before any fault, at"
                f" {self._rate:g} a second"
            )
            raise NotTried(msg)

    def during(
        self, fault: str, block: AbstractContextManager[None], seconds: float
    ) -> dict[Request, Suffered]:
        """
        Ask before, during and after a fault, until every route is well, or has had its time.
        """
        self._bench.clock.need(seconds + PATIENCE)
        port, patience = self._service.address, PATIENCE + 3
        back: dict[Request, float] = {}
        with self._bench.client.steady(port, self._routes, self._rate, patience) as calls:
            self._bench.clock.wait_until(lambda: len(calls) >= 4, 2)
            began = time.monotonic()
            with block:
                time.sleep(seconds)
            well = time.monotonic()

            def recovered() -> bool:
                for route in self._routes:
                    since = self._recovered(route, calls, well)
                    if since is not None:
                        back.setdefault(route, since)
                return len(back) == len(self._routes)

            self._bench.clock.wait_until(recovered, RECOVERS, every=0.1)
        for call in calls:
            call.wait()
        return {
            route: self._suffered(
                route, fault, [c for c in calls if began <= c.sent < well], well, back
            )
            for route in self._routes
        }

    def _good(self, call: Call, slack: float = 0.5) -> bool:
        usual = self._usual[call.request]
        answered = call.outcome == "answered" and self._calm.good(call.status)
        return answered and call.seconds < usual + slack

    def _recovered(self, route: Request, calls: list[Call], well: float) -> float | None:
        """
        Seconds until the first of enough good answers in a row, if there are so many.
        """
        later = [c for c in list(calls) if c.request == route and c.sent > well and c.outcome]
        row: list[Call] = []
        for call in later:
            row = [*row, call] if self._good(call) else []
        return row[0].sent - well if len(row) >= IN_A_ROW else None

    def _suffered(
        self,
        route: Request,
        fault: str,
        calls: list[Call],
        well: float,
        back: dict[Request, float],
    ) -> Suffered:
        mine = [call for call in calls if call.request == route]
        # Who asked shortly before its end had the good answer of afterwards.
        shortly = PATIENCE if fault == "hung" else min(1.0, self._usual[route] + 0.1)
        early = [call for call in mine if call.sent < well - shortly] or mine
        answers = Counter(
            str(call.status) if call.outcome == "answered" else call.outcome for call in early
        )
        return Suffered(
            touched=any(not self._good(call, LATENCY / 2) for call in mine),
            answers=dict(answers.most_common()),
            worst=max((call.seconds for call in mine), default=0.0),
            back_after=back.get(route),
        )
