"""
The attacks by signals: in calm, under load, during start, twice, and SIGKILL.
"""

import math
import os
import re
import shlex
import signal as signals
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from workbench._process import Process

from .calm import SLOW, Calm
from .client import Call
from .clock import NotTried
from .options import HARMLESS, Request
from .service import ACCEPTS, Bench, Service

MANY = 12  # requests that are in flight together: what is left of twenty comes after the signal
SLOW_ONES = 4  # of them on the slow route
LATER = 8.0  # requests a second after the signal
SHORTLY = 5.0  # seconds
STARTED = 10.0  # seconds in which a start ends, beside those that it takes
BEGINS = SLOW / 2  # seconds: by then the work on a request has begun, and is not over
CONTROL = 20.0  # seconds in which the same requests are answered without a signal
SECOND = 0.2  # seconds between two signals
MOMENTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9)  # of a start
REJECTED = 503  # by which a service that is about to end may answer
LINGERS = 1.0  # seconds until a process that outlives the first is an orphan
LOCKS = re.compile(r"\.(lock|pid|sock|socket)$|journal$")


@dataclass
class Signalled:
    """
    What became of the requests around a signal, and of the processes.
    """

    ended_after: float | None
    ended: str
    second_came_in_time: bool
    orphans: list[str] = field(default_factory=list)  # as one would type them
    serves_on: bool = False  # of these, one
    in_flight: int = 0  # accepted by the service, not yet answered
    lost: int = 0  # of these
    failed: int = 0  # of these lost, answered all the same, by a status that is none in calm
    rejected: int = 0  # of these, answered 503: whoever sent them may send them elsewhere
    queued_lost: int = 0  # sent before the signal, but accepted by the kernel only, and cut off
    later: int = 0  # sent after the signal
    later_lost: int = 0  # and cut off: the kernel had accepted them
    streams: dict[str, int] = field(default_factory=dict)
    tracebacks: list[str] = field(default_factory=list)
    accepted: int = 0  # writes that were answered with success
    after: str = ""  # what the reader's own look at the data has said, if it was not content


def under_load(
    bench: Bench, calm: Calm, signal: str, *, twice: bool = False, whole_group: bool = False
) -> Signalled:
    """
    Send a signal while requests are in flight, and go on asking until the service has ended.
    """
    grace = bench.options.grace
    if signal == "SIGINT" or calm.stopped_after is None:
        grace = min(SHORTLY, grace)  # no platform waits for it, or it is known not to end
    with bench.ready() as service, ExitStack() as held:
        streams = [
            held.enter_context(_Stream(bench, service, request)) for request in calm.streams
        ]
        tree = service.tree()  # before anything is in flight: it takes its time
        slow, fast, taken = _ask_together(bench, calm, service, tree, grace)
        waiting = [*slow, *fast]
        if not service.running:
            raise NotTried(f"it ended by itself ({service.end_of()})")
        for call in fast:
            call.send()
        at = time.monotonic()  # at once: the fast ones are answered in a millisecond
        if whole_group:
            os.killpg(service.pid, signals.Signals[signal])
        else:
            service.send(signal)
        in_time = True
        with bench.client.steady(service.address, calm.load, LATER, grace + 2) as later:
            if twice:
                in_time = not bench.clock.wait_until(lambda: not service.running, SECOND)
                if in_time:
                    service.send(signal)
            ended_after = service.ends(grace)
            time.sleep(0.3)  # who still asks is refused, or served by an orphan
        seen = Signalled(
            ended_after=ended_after, ended=service.end_of(), second_came_in_time=in_time
        )
        if ended_after is None:
            service.kill()
        else:
            seen.orphans, seen.serves_on = _orphans(bench, service, tree)
        _count(seen, calm, [call.wait() for call in waiting], taken, at)
        seen.later = len(later)
        seen.later_lost = sum(call.wait().outcome == "cut off" for call in later)
        seen.streams = Counter(stream.end() for stream in streams)
        seen.tracebacks = service.tracebacks(at)
        seen.accepted = sum(_is_accepted(call) for call in (*waiting, *later))
        if bench.options.after and signal == "SIGTERM" and not twice:
            seen.after = _look_after(bench, service.cwd, seen.accepted)
    if seen.failed:  # a busy machine may have done that
        with bench.ready() as service:
            _bears(bench, calm, service, [call.request for call in waiting])
    return seen


def _count(
    seen: Signalled, calm: Calm, waiting: list[Call], taken: set[int], at: float
) -> None:
    """
    What became of those that were sent before the signal.
    """
    for call in waiting:
        rejected = call.status == REJECTED
        lost = call.outcome != "answered" or not (rejected or calm.good(call.status))
        if call.local_port not in taken:
            seen.queued_lost += lost
        elif call.done > at:
            seen.in_flight += 1
            seen.lost += lost
            seen.failed += lost and call.outcome == "answered"
            seen.rejected += rejected and not lost


def _is_accepted(call: Call) -> bool:
    """
    Whether it is a write that the service has confirmed.
    """
    return call.request.method not in HARMLESS and (call.status or 500) < 400


def _ask_together(
    bench: Bench, calm: Calm, service: Service, tree: list[psutil.Process], grace: float
) -> tuple[list[Call], list[Call], set[int]]:
    """
    Requests in flight: the slow ones on their way, the others connected, and not yet sent; and
    which of them the service has accepted, by their ports.

    Sent on open connections, the fast ones, too, are in flight when the signal comes. The slow
    ones are connected first: who serves one at a time shall begin with one that is sent.
    """
    slow = [calm.slow] * SLOW_ONES if calm.slow else []
    fast = [calm.load[number % len(calm.load)] for number in range(MANY - len(slow))]
    _bears(bench, calm, service, [*slow, *fast])
    waiting = [
        call
        for requests in (slow, fast)
        for call in bench.client.opened(service.address, requests, grace + 2)
    ]
    ports = {call.local_port for call in waiting}
    taken: set[int] = set()

    def all_taken() -> bool:
        taken.update(service.accepted(ports, tree))
        return taken == ports

    bench.clock.wait_until(all_taken, ACCEPTS, every=0.01)
    bench.client.allow(*slow, *fast)
    for call in waiting[: len(slow)]:
        call.send()
    if calm.slow:
        time.sleep(BEGINS)  # nobody sees from outside when the work on a request begins
    return waiting[: len(slow)], waiting[len(slow) :], taken


def _bears(bench: Bench, calm: Calm, service: Service, together: list[Request]) -> None:
    """
    The same requests, and no signal: what fails then would be laid to the signal.
    """
    calls = bench.client.opened(service.address, together, CONTROL)
    bench.client.allow(*together)
    for call in calls:
        call.send()
    failed = sum(not calm.good(call.wait().status) for call in calls)
    if failed:
        msg = f"{failed} of {len(calls)} requests together fail without any signal"
        raise NotTried(msg)


def _orphans(
    bench: Bench, service: Service, tree: list[psutil.Process]
) -> tuple[list[str], bool]:
    """
    Which of its processes run on a second after the first has ended; and whether they serve.
    """

    def alive() -> list[psutil.Process]:
        return [each for each in tree if _runs(each)]

    bench.clock.wait_until(lambda: not alive(), LINGERS)
    left = alive()
    programs = [bench.mask.quoted(_typed(process)) for process in left]
    serves_on = service.listens()
    for process in left:  # their callers need not wait for them
        with suppress(psutil.Error):
            process.kill()
    return programs, serves_on


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _typed(process: psutil.Process) -> str:
    """
    A process as one would type it, without interpreter and folders.
    """
    try:
        words = process.cmdline()
    except psutil.Error:
        words = []
    if words and Path(words[0]).name.startswith("python"):
        words = words[1:]
    return " ".join([Path(words[0]).name, *words[1:]]) if words else "a process"


def _look_after(bench: Bench, folder: Path, accepted: int) -> str:
    """
    Run the reader's own look at the data; what it said, if it was not content.
    """
    assert bench.options.after is not None
    look = Process(
        "after",
        shlex.join(["sh", "-c", bench.options.after]),
        env={"TRIAL_ACCEPTED": str(accepted)},
        cwd=folder,
        base=bench.environ,
    )
    try:
        bench.clock.wait_until(lambda: not look.running, math.inf)
    finally:
        code = look.kill()
    if code == 0:
        return ""
    words = [line.text for line in look.log if line.text.strip()]
    return bench.mask.quoted(words[-1]) if words else f"exit {code}"


class _Stream:
    """
    A client of an answer without an end.
    """

    def __init__(self, bench: Bench, service: Service, request: Request) -> None:
        head = f"{request.method} {request.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        self._socket = bench.client.raw(service.address, head.encode())
        self._last = b""
        self._chunked = False
        self._over = threading.Event()
        self._begun = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "_Stream":
        self._reader.start()
        self._begun.wait(2)
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._reader.join()
            self._socket.close()

    def end(self) -> str:
        """
        How it has ended, to its client.
        """
        if not self._over.wait(1):
            return "open"
        return "ended" if self._last.endswith(b"0\r\n\r\n") or not self._chunked else "cut off"

    def _read(self) -> None:
        if self._socket is not None:
            self._socket.settimeout(None)
            with suppress(OSError):
                while piece := self._socket.recv(65536):
                    self._chunked = self._chunked or b"chunked" in piece.lower()
                    self._last = (self._last + piece)[-64:]
                    self._begun.set()
        self._over.set()


@dataclass
class Start:
    """
    SIGTERM at one moment of a start.
    """

    share: float  # of the time that a start takes
    within: float  # seconds, in which it might have ended
    ended_after: float | None
    ended: str
    serves_on: bool
    orphans: int
    traceback: str


def during_start(bench: Bench, calm: Calm) -> list[Start]:
    """
    SIGTERM at moments of its start, each time a new one.
    """
    seen: list[Start] = []
    for share in MOMENTS:
        with bench.folder() as folder, bench.started(folder) as service:
            moment = max(0.02, share * calm.ready_after)
            bench.clock.wait_until(lambda: not service.running, moment)
            if not service.running:
                raise NotTried(f"it ended by itself ({service.end_of()})")
            at = time.monotonic()
            service.send("SIGTERM")
            patience = SHORTLY if calm.stopped_after is None else calm.ready_after + STARTED
            within = min(bench.options.grace, patience)
            ended_after = service.ends(within)
            orphans = 0
            if ended_after is not None:  # what a script has started may end by itself
                bench.clock.wait_until(lambda: not service.tree(), within)
                orphans = len(service.tree())
            tracebacks = service.tracebacks(at)
            seen.append(
                Start(
                    share=share,
                    within=within,
                    ended_after=ended_after,
                    ended=service.end_of(),
                    serves_on=service.listens(),
                    orphans=orphans,
                    traceback=tracebacks[-1] if tracebacks else "",
                )
            )
        if sum(each.ended_after is None or each.orphans > 0 for each in seen) == 2:
            break  # it is so; each costs seconds
    return seen


@dataclass
class Killed:
    """
    SIGKILL to its first process, and a start on the same port, in the same folder.
    """

    ready_after: float | None
    ended: str
    said: str
    holders: int  # of its port: processes that were left, when the new one was ready or ended
    files: list[str]  # lock files and the like


def killed(bench: Bench, calm: Calm) -> Killed:
    """
    SIGKILL to the first process only, as a machine short of memory may choose it.
    """
    with bench.folder() as folder, bench.started(folder) as first:
        if not first.becomes_ready():
            raise NotTried(f"it was not ready this time ({first.end_of()})")
        before = bench.client.ask(first.address, calm.plain, 5)
        first.send("SIGKILL")
        bench.clock.wait_until(lambda: not first.running, 5)
        with bench.started(folder, port=first.address) as again:
            again.becomes_ready()
            if again.ready_after is not None and before.outcome == "answered":
                bench.client.ask(again.address, calm.plain, 5)
            return Killed(
                ready_after=again.ready_after,
                ended=again.end_of(),
                said=again.last_words(),
                holders=len(first.listeners()),
                files=sorted(
                    str(path.relative_to(folder))
                    for path in folder.rglob("*")
                    if LOCKS.search(path.name)
                ),
            )
