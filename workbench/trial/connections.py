"""
The attacks by connections: idle and half-sent ones, and a slow route beside a fast one.
"""

import socket
import statistics
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from .calm import Calm
from .clock import Clock
from .options import MOST_AT_ONCE, Request
from .service import ACCEPTS, Bench

KINDS = ("idle", "silent", "half-sent")
HELD = 8  # half-sent requests beside others
ASKED = 8  # others beside them


@dataclass
class Open:
    """
    SIGTERM while connections are open on which no whole request came.
    """

    ended_after: dict[str, float | None]  # "all", and, where that was late, each kind alone
    half_sent: str  # what became of a request whose second half came after the signal


def at_the_end(bench: Bench, calm: Calm) -> Open:
    """
    SIGTERM with all kinds of connections open; where it then ends late, with each kind alone.
    """
    grace = bench.options.grace
    ended, half_sent = _hold(bench, calm, KINDS, grace)
    seen = Open({"all": ended}, half_sent)
    if ended is None or late(ended, grace):
        for kind in KINDS:
            seen.ended_after[kind], _ = _hold(bench, calm, (kind,), in_time(grace))
    return seen


def late(seconds: float, grace: float) -> bool:
    """
    Whether an end without anything to do took more of the grace than it should.
    """
    return seconds > in_time(grace)


def in_time(grace: float) -> float:
    return grace / 3


def _hold(
    bench: Bench, calm: Calm, kinds: tuple[str, ...], grace: float
) -> tuple[float | None, str]:
    whole = _bytes(calm.plain)
    with bench.ready() as service, ExitStack() as held:
        links: dict[str, socket.socket] = {}
        for kind, data in (
            ("idle", whole),
            ("silent", b""),
            ("half-sent", whole[: len(whole) // 2]),
        ):
            if kind in kinds and (link := bench.client.raw(service.address, data)):
                links[kind] = held.enter_context(link)
        if idle := links.get("idle"):
            with suppress(OSError):
                idle.recv(65536)  # its answer; what is kept open then is idle
        ports = {link.getsockname()[1] for link in links.values()}
        tree = service.tree()
        bench.clock.wait_until(lambda: service.accepted(ports, tree) == ports, ACCEPTS)
        began = time.monotonic()
        service.send("SIGTERM")
        half_sent = ""
        if link := links.get("half-sent"):
            bench.clock.wait_until(lambda: not service.running, 0.3)
            half_sent = _other_half(link, whole[len(whole) // 2 :], bench.clock, grace)
        ended = service.ends(max(0.0, grace - (time.monotonic() - began)))
        return None if ended is None else time.monotonic() - began, half_sent


def _other_half(link: socket.socket, rest: bytes, clock: Clock, patience: float) -> str:
    clock.need()
    link.settimeout(min(patience, clock.left))
    try:
        link.sendall(rest)
        words = link.recv(65536).split()
    except TimeoutError:
        clock.need()
        return "waits"
    except OSError:
        return "cut off"
    return f"answered {words[1].decode(errors='replace')}" if len(words) > 1 else "cut off"


def _bytes(request: Request) -> bytes:
    return f"{request.method} {request.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


@dataclass
class HalfSent:
    """
    Others, while some have sent half a request and wait.
    """

    asked: int
    unanswered: int


def beside_half_sent(bench: Bench, calm: Calm) -> HalfSent:
    """
    Hold half-sent requests open, and ask beside them.
    """
    with bench.ready() as service, ExitStack() as held:
        alone = _pace(bench, service.address, calm.plain)
        whole = _bytes(calm.plain)
        for _ in range(HELD):
            if link := bench.client.raw(service.address, whole[: len(whole) // 2]):
                held.enter_context(link)
        calls = [
            bench.client.begin(service.address, calm.plain, max(2.0, 10 * alone))
            for _ in range(ASKED)
        ]
        return HalfSent(ASKED, sum(call.wait().outcome != "answered" for call in calls))


@dataclass
class Beside:
    """
    A fast route while slow requests are under way.
    """

    slow: Request
    slow_seconds: float
    sent: int
    at_a_time: int  # of the slow ones
    fast: Request
    alone: float
    worst: float  # seconds that the fast one took beside them
    given_up: bool  # at least one: it took longer than that

    @property
    def waits(self) -> bool:
        return self.worst > max(0.4 * self.slow_seconds, 10 * self.alone, 0.1)


def beside_slow(bench: Bench, calm: Calm) -> Beside | None:
    """
    Slow requests together, and fast ones beside them; None where no route is slow.
    """
    if calm.slow is None or calm.slow == calm.plain:
        return None
    seconds = calm.seconds[calm.slow]
    sent = min(MOST_AT_ONCE, bench.options.at_once or MOST_AT_ONCE)
    with bench.ready() as service:
        alone = _pace(bench, service.address, calm.plain)
        slow = bench.client.opened(service.address, [calm.slow] * sent, 1.6 * seconds)
        bench.client.allow(*[calm.slow] * sent)
        for call in slow:
            call.send()
        bench.clock.wait_until(lambda: any(call.outcome for call in slow), seconds / 4)
        with bench.client.steady(service.address, [calm.plain], 4, 3 * seconds) as fast:
            time.sleep(0.7 * seconds)
        done = sum(
            call.wait().outcome == "answered" and call.seconds < 1.5 * seconds for call in slow
        )
        worst = max((call.wait().seconds for call in fast), default=0.0)
        given_up = any(call.outcome == "timed out" for call in fast)
        return Beside(
            calm.slow, seconds, sent, max(1, done), calm.plain, alone, worst, given_up
        )


def _pace(bench: Bench, port: int, request: Request) -> float:
    """
    Seconds of an answer, when nothing else is asked.
    """
    return statistics.median(bench.client.ask(port, request, 5).seconds for _ in range(5))
