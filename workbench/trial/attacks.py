"""
The attacks, in their order: those that teach how to read the others first, and SIGKILL last.
"""

from collections.abc import Callable, Iterator
from functools import partial

from . import connections, settings, signals, upstream
from .calm import SLOW
from .clock import NotTried
from .findings import Seen
from .service import Bench


class Attacks:
    """
    Each by its name; each keeps what it has seen.
    """

    def __init__(self, bench: Bench, seen: Seen) -> None:
        self._bench, self._seen, self._calm = bench, seen, seen.calm

    def __iter__(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "a slow route beside a fast one", self._beside_slow
        yield "half-sent requests beside others", self._beside_half_sent
        yield "SIGTERM under load", self._sigterm
        yield "SIGTERM during start", self._start
        yield "a second SIGTERM", self._second
        yield "SIGINT under load", self._sigint
        yield "open connections at SIGTERM", self._connections
        for name in self._bench.options.upstreams:
            yield f"{name} disturbed", partial(self._upstream, name)
        for name in self._bench.options.settings:
            yield f"started without {name}", partial(self._without, name)
        yield "SIGKILL, and started again", self._killed

    def _beside_slow(self) -> None:
        self._seen.beside = connections.beside_slow(self._bench, self._calm)
        if self._seen.beside is None:
            msg = (
                "name a fast route, too, by --request"
                if self._calm.slow
                else f"all answer in less than {SLOW:g} s; name a slow route by --request"
            )
            raise NotTried(msg)

    def _beside_half_sent(self) -> None:
        self._seen.half_sent = connections.beside_half_sent(self._bench, self._calm)

    def _sigterm(self) -> None:
        self._seen.sigterm = signals.under_load(self._bench, self._calm, "SIGTERM")

    def _start(self) -> None:
        self._seen.start = signals.during_start(self._bench, self._calm)

    def _second(self) -> None:
        self._need_an_end()
        self._seen.second = signals.under_load(self._bench, self._calm, "SIGTERM", twice=True)

    def _sigint(self) -> None:
        self._seen.sigint = signals.under_load(
            self._bench, self._calm, "SIGINT", whole_group=True
        )

    def _connections(self) -> None:
        self._need_an_end()
        self._seen.open = connections.at_the_end(self._bench, self._calm)

    def _upstream(self, name: str) -> None:
        blocks = self._seen.beside is not None and self._seen.beside.waits
        self._seen.upstreams.append(
            upstream.disturb(self._bench, self._calm, name, blocks=blocks)
        )

    def _without(self, name: str) -> None:
        self._seen.without[name] = settings.without(self._bench, self._calm, name)

    def _killed(self) -> None:
        self._seen.killed = signals.killed(self._bench, self._calm)

    def _need_an_end(self) -> None:
        """
        Without an end by SIGTERM, what follows would say the same once more.
        """
        seen = self._seen
        if not seen.ends or (seen.sigterm and seen.sigterm.ended_after is None):
            msg = "it does not end by SIGTERM"
            raise NotTried(msg)
        if not seen.reaches_all:
            msg = "its other processes run on after SIGTERM"
            raise NotTried(msg)
