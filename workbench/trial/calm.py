"""
What the service does when nobody attacks it; all that follows is compared with this.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .clock import NotTried
from .options import HARMLESS, Request
from .service import Bench, Service

SLOW = 0.2  # seconds: of what is faster, nothing can be caught in flight
PATIENCE = 5.0  # seconds for an answer in calm


@dataclass
class Calm:
    """
    The service at rest.
    """

    ready_after: float
    processes: int
    seconds: Mapping[Request, float]
    statuses: frozenset[int]  # what it answers in calm is its answer, a 404 too
    streams: list[Request]
    faults: list[str]
    handles_sigterm: bool
    stopped_after: float | None
    stopped: str

    @property
    def plain(self) -> Request:
        """
        The fastest route, with which all else is measured.
        """
        return min(self.seconds, key=lambda request: self.seconds[request])

    @property
    def slow(self) -> Request | None:
        """
        The slowest, if it is slow enough to be caught in flight.
        """
        slowest = max(self.seconds, key=lambda request: self.seconds[request])
        return slowest if self.seconds[slowest] >= SLOW else None

    @property
    def load(self) -> list[Request]:
        """
        What goes on being asked for: all but the slow one.
        """
        return [each for each in self.seconds if each != self.slow] or list(self.seconds)

    def good(self, status: int | None) -> bool:
        return status in self.statuses


def watch(bench: Bench) -> Calm:
    """
    Start it, ask for everything, and send SIGTERM while nothing is asked.
    """
    with bench.folder() as folder, bench.started(folder) as service:
        if not service.becomes_ready():
            state = "was not ready in time" if service.running else "ended before it was ready"
            if service.listens():
                state += ", and its port is another's, which is left alone"
            msg = (
                f"it {state} ({service.end_of()}); it said last: {service.last_words()}\nSee"
                " that it starts when you type the command here, and that --ready says when"
            )
            raise NotTried(msg)
        assert service.ready_after is not None
        seconds, statuses, streams, faults = _ask(bench, service)
        if (others := service.talks_to()) and not bench.options.outside:
            names = ", ".join(sorted(others))
            msg = (
                f"the service talks to {names}, which is not this machine. Point it at what"
                " runs here, or say --outside"
            )
            raise NotTried(msg)
        if not seconds:
            raise NotTried("; ".join(faults) or "no request has an end: name one by --request")
        handles = service.handles("SIGTERM")
        processes = len(service.tree())
        service.send("SIGTERM")
        stopped_after = service.ends(bench.options.grace)
        if stopped_after is None:
            bench.patience = 0  # nor would it end later
        return Calm(
            ready_after=service.ready_after,
            processes=processes,
            seconds=seconds,
            statuses=frozenset(statuses),
            streams=streams,
            faults=faults,
            handles_sigterm=handles,
            stopped_after=stopped_after,
            stopped=service.end_of(),
        )


def _ask(
    bench: Bench, service: Service
) -> tuple[dict[Request, float], set[int], list[Request], list[str]]:
    seconds: dict[Request, float] = {}
    statuses: set[int] = set()
    streams: list[Request] = []
    faults: list[str] = []
    for request in bench.options.requests:
        times = 3 if request.method in HARMLESS else 1
        calls = [bench.client.ask(service.address, request, PATIENCE)]
        if calls[0].outcome == "answered":
            more = range(times - 1)
            calls += [bench.client.ask(service.address, request, PATIENCE) for _ in more]
        first = calls[0]
        if first.outcome == "unfinished":
            streams.append(request)
        elif first.outcome != "answered" or first.status is None:
            faults.append(f"{request} was {first.outcome} in calm")
        else:
            if first.status >= 500:
                faults.append(f"{request} answered {first.status} in calm")
            statuses |= {call.status for call in calls if call.status and call.status < 500}
            seconds[request] = min(call.seconds for call in calls)
    return seconds, statuses, streams, faults
