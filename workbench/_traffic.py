"""
Open-loop load on a service, for as long as a block lasts.
"""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import IO, Protocol, Self
from urllib.parse import urlsplit

from ._claims import measured
from ._progress import Progress
from ._spawn import end, spawn_sidecar
from ._waiting import wait_until
from .errors import CannotMeasure, NotSeen, WorkbenchError
from .sidecars.load_generator import Options, Sample

OUTCOMES = ("ok", "error", "refused", "timed out", "cut off")
MOST_REQUESTS = 10_000  # every load is bounded
PATIENCE = 5.0  # seconds beyond those that the requests may take
LATE = 0.025  # seconds of lag that a reader would see in a plot


def traffic(
    url: str,
    *,
    rate: float,
    requests: int = MOST_REQUESTS,
    timeout: float = 10.0,
    method: str = "GET",
    body: str = "",
    exact: bool = True,
) -> "Traffic":
    """
    Send requests at a steady rate for as long as the block lasts.

    Open loop: every request leaves at its scheduled time on a connection of its own, whatever
    became of those before it, and its latency counts from that time. Leaving the block ends the
    sending, waits for the answers in flight and prints one line of counts.

        with traffic(f"{service.url}/slow", rate=20) as load:
            load.wait(40)
            service.send("SIGTERM")
            load.mark("SIGTERM")

    Args:
        url: Where to; `http://127.0.0.1:…` only.
        rate: Requests per second.
        requests: How many at most.
        timeout: Seconds until a request has timed out.
        method: The HTTP method.
        body: What is sent; "{number}" in it is the request's number, from 0.
        exact: Whether so many `requests` end alike on every machine. If not, or if the end of
            the block cut them short, their counts are marked with ≈.

    Built in miniature in chapter 00.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname != "127.0.0.1" or parts.port is None:
        msg = f"Traffic goes to this machine only (http://127.0.0.1:PORT/…), not to {url!r}."
        raise WorkbenchError(msg)
    if not 0 < requests <= MOST_REQUESTS or not 0 < rate <= 1000:
        msg = (
            f"Traffic is bounded: 1 to {MOST_REQUESTS} requests at up to 1000 a second,"
            f" not {requests} at {rate:g}."
        )
        raise WorkbenchError(msg)
    target = parts._replace(scheme="", netloc="").geturl() or "/"
    options = Options(parts.hostname, parts.port, target, method, body, rate, requests, timeout)
    return Traffic(options, exact=exact)


@dataclass
class Run:
    """
    The requests of one run and its marks, kept to be drawn.
    """

    samples: list[Sample]
    marks: list[tuple[float, str]]  # seconds since the traffic began, label

    @property
    def exact(self) -> bool:
        """
        Whether its counts are the same on every machine: nobody knows that of a kept run.
        """
        return False

    def count(self, outcome: str) -> int:
        return sum(sample.outcome == outcome for sample in self.samples)


class Traffic:
    """
    A load that runs, or has run: its samples and its marks. Made by `traffic()`.
    """

    def __init__(self, options: Options, *, exact: bool = True) -> None:
        self._options = options
        self._exact = exact
        self.rate = options.rate
        self.marks: list[tuple[float, str]] = []  # seconds since the traffic began, label
        self._samples: list[Sample] = []
        self._begin: float | None = None
        self._other_words: list[str] = []

    @property
    def samples(self) -> list[Sample]:
        """
        The requests that have ended, in the order in which they were to leave.
        """
        return sorted(self._samples, key=lambda sample: sample.number)

    @property
    def exact(self) -> bool:
        """
        Whether the experiment decides on the counts: all that it asked for have ended.
        """
        return self._exact and len(self._samples) == self._options.requests

    def count(self, outcome: str) -> int:
        """
        How many requests ended as "ok", "error", "refused", "timed out" or "cut off".
        """
        if outcome not in OUTCOMES:
            msg = f"There is no outcome {outcome!r}; there are {', '.join(OUTCOMES)}."
            raise WorkbenchError(msg)
        return sum(sample.outcome == outcome for sample in self._samples)

    def mark(self, label: str) -> None:
        """
        Note that something happened now: a line in every plot of this load.
        """
        assert self._begin is not None, "mark() belongs in the block"
        self.marks.append((time.monotonic() - self._begin, label))

    def wait(self, requests: int) -> None:
        """
        Wait until this many more requests have ended, whatever their outcome.

        Raises:
            NotSeen: They did not end in the time that they may take.
        """
        target = min(len(self._samples) + requests, self._options.requests)
        most = requests / self.rate + self._options.timeout + PATIENCE
        with Progress(requests / self.rate) as progress:

            def done() -> bool:
                self._show(progress)
                return len(self._samples) >= target or not self._reader.is_alive()

            wait_until(done, most)
        if len(self._samples) < target:
            if not self._reader.is_alive():
                self._generator.wait()
            self._check_alive()
            msg = f"After {most:.0f} s {len(self._samples)} requests have ended, not {target}."
            raise NotSeen(msg)

    def __enter__(self) -> Self:
        self._generator, self._commands = spawn_sidecar(
            "load_generator.py", json.dumps(asdict(self._options))
        )
        assert self._generator.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._generator.stdout,), name="samples", daemon=True
        )
        self._reader.start()

        def begun() -> bool:
            return self._begin is not None or not self._reader.is_alive()

        try:
            wait_until(begun, 10, every=0.002)
            self._check_alive()
        except BaseException:  # KeyboardInterrupt too: leave nothing half started
            end(self._generator)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
                print(self)
        finally:
            end(self._generator)
            self._reader.join(1)

    def __repr__(self) -> str:
        lag = percentile([sample.lag for sample in self._samples], 0.99)
        late = f" ⚠ sent {measured(lag, 's')} late: this machine was too busy"
        return (
            f"● {self._options.method} {self._options.target}"
            f" at {self.rate:g}/s: {outcomes(self)}{late if lag > LATE else ''}"
        )

    def _finish(self) -> None:
        """
        No new requests; wait for those in flight.
        """
        with Progress(self._options.timeout) as progress:
            try:
                self._commands.write(b"stop\n")
                self._commands.flush()
            except BrokenPipeError:
                pass  # all requests have ended

            def done() -> bool:
                self._show(progress)
                return not self._reader.is_alive()

            wait_until(done, self._options.timeout + PATIENCE)
        self._check_alive(ended=True)

    def _show(self, progress: Progress) -> None:
        """
        How long each request took that has ended, and what matters of them.
        """
        if not progress.due:  # this sorts them all
            return
        latencies = [sample.latency for sample in self.samples]
        failed = len(latencies) - self.count("ok")
        p99 = percentile(latencies, 0.99)
        progress.show(f"p99 {p99:.2g} s · {failed} of {len(latencies)} failed", latencies)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    message = json.loads(line)
                except ValueError:
                    self._other_words.append(line.decode(errors="replace"))
                    continue
                if "begin" in message:
                    self._begin = message["begin"]
                else:
                    self._samples.append(Sample(**message))

    def _check_alive(self, *, ended: bool = False) -> None:
        """
        Say so when the generator itself failed, rather than let a service be blamed.
        """
        failed = self._generator.poll() not in (None, 0) or self._other_words
        if failed or self._begin is None or (ended and self._reader.is_alive()):
            msg = "The load generator failed, the service was not judged."
            raise CannotMeasure("\n".join([msg, *self._other_words]))


class Load(Protocol):
    """
    The requests of one run and its marks, live or kept.
    """

    @property
    def samples(self) -> list[Sample]: ...

    @property
    def marks(self) -> list[tuple[float, str]]: ...

    @property
    def exact(self) -> bool: ...

    def count(self, outcome: str) -> int: ...


def outcomes(load: Load) -> str:
    """
    How its requests ended: `8 ok, 3 refused`, or `≈ 8 ok, 3 refused` if that is not exact.

    The ≈ is about all of them: on another machine there may be an outcome more, or one less.
    """
    counts = ", ".join(f"{load.count(o)} {o}" for o in OUTCOMES if load.count(o))
    return f"{'' if load.exact else '≈ '}{counts}" if counts else "no requests"


def percentile(values: Sequence[float], share: float) -> float:
    """
    The value that a share of them (0.99, say) does not exceed; 0 if there are none.
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
