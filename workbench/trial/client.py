"""
Requests to the service on trial: never more than twenty a second, whatever asks for them.
"""

import http.client
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from .clock import LEAST, Clock
from .options import Request

MOST_A_SECOND = 20
CONNECTS = 3.0  # seconds; behind a full backlog a connection waits for minutes


class Call:
    """
    One request on a connection of its own, and what became of it.

    `outcome` is "answered" (whole), "refused" (nobody listens), "cut off" (the connection ended
    before the answer did), "timed out" (no answer), "unfinished" (an answer without an end), or
    "" while it lasts. Times are of `time.monotonic()`.
    """

    def __init__(self, request: Request, port: int, timeout: float, clock: Clock) -> None:
        self.request = request
        self.outcome = ""
        self.status: int | None = None
        self.sent = self.done = time.monotonic()
        self.local_port = 0
        self._clock = clock
        self._timeout = min(timeout, max(clock.left, LEAST))
        connects = min(CONNECTS, self._timeout)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=connects)
        self._behind: threading.Thread | None = None

    @property
    def seconds(self) -> float:
        return self.done - self.sent

    def begin(self, allow: Callable[[Request], None]) -> None:
        """
        Connect, send when it is allowed, and read the answer, all behind the scenes.
        """

        def wait_for_leave() -> None:
            asked = time.monotonic()
            allow(self.request)
            self.sent += time.monotonic() - asked  # the service is not to blame for that

        self._start(self.open, wait_for_leave, self._ask, self._read)

    def open(self) -> None:
        """
        Connect, and send nothing yet.
        """
        try:
            self._connection.connect()
            self._socket: socket.socket = self._connection.sock
            self.local_port = self._socket.getsockname()[1]
        except OSError as error:
            self._end(_outcome(error))

    def send(self) -> None:
        """
        Send the request on the open connection; its answer is read behind the scenes.
        """
        if not self.outcome:
            self.sent = time.monotonic()
            self._ask()
            self._start(self._read)

    def wait(self) -> "Call":
        """
        Wait for its end.

        Raises:
            NotTried: The trial's time was over before, and it might have been answered.
        """
        if self._behind is not None:
            self._behind.join()
        if self.outcome in ("timed out", "unfinished"):
            self._clock.need()
        return self

    def _start(self, *steps: Callable[[], None]) -> None:
        def take() -> None:
            for step in steps:
                if not self.outcome:
                    step()

        self._behind = threading.Thread(target=take, daemon=True)
        self._behind.start()

    def _ask(self) -> None:
        method, path, body = self.request
        kind = {"Content-Type": "application/json"} if body else {}
        self._socket.settimeout(self._timeout)
        try:
            self._connection.request(
                method, path, body.encode() or None, {"Connection": "close", **kind}
            )
        except OSError as error:
            self._end(_outcome(error))

    def _read(self) -> None:
        try:
            answer = self._connection.getresponse()
            self.status = answer.status
            while answer.read1(65536):
                if time.monotonic() - self.sent > self._timeout:
                    raise TimeoutError  # each piece was in time, the whole is not
            whole = not answer.length  # None: its end is the end of the connection
            self._end("answered" if whole else "cut off")
        except (OSError, http.client.HTTPException, ValueError) as error:
            unfinished = isinstance(error, TimeoutError) and self.status is not None
            self._end("unfinished" if unfinished else _outcome(error))

    def _end(self, outcome: str) -> None:
        self.done = time.monotonic()
        self.outcome = outcome
        self._connection.close()
        with suppress(AttributeError, OSError):
            self._socket.close()


class Client:
    """
    Whoever asks the service on trial.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: Counter[str] = Counter()
        self._last: deque[float] = deque(maxlen=MOST_A_SECOND)
        self._lock = threading.Lock()

    def allow(self, *what: object) -> None:
        """
        Return when all of these may be sent, at once.
        """
        with self._lock:
            oldest = len(self._last) + len(what) - MOST_A_SECOND
            if oldest > 0:
                time.sleep(max(0.0, self._last[oldest - 1] + 1 - time.monotonic()))
            self._last.extend([time.monotonic()] * len(what))
            self.sent.update(map(str, what))

    def ask(self, port: int, request: Request, timeout: float) -> Call:
        """
        One request, and its end.
        """
        return self.begin(port, request, timeout).wait()

    def begin(self, port: int, request: Request, timeout: float) -> Call:
        call = Call(request, port, timeout, self._clock)
        call.begin(self.allow)
        return call

    def opened(self, port: int, requests: Sequence[Request], timeout: float) -> list[Call]:
        """
        A connection for each, on which nothing is sent yet: `allow()` it before.
        """
        calls = [Call(request, port, timeout, self._clock) for request in requests]
        with ThreadPoolExecutor() as pool:
            list(pool.map(Call.open, calls))
        return calls

    @contextmanager
    def steady(
        self, port: int, requests: Sequence[Request], rate: float, timeout: float
    ) -> Iterator[list[Call]]:
        """
        Open loop for as long as the block lasts: the next leaves whatever became of the others.

        Leaving the block ends the sending; `wait()` for those in flight.
        """
        calls: list[Call] = []
        over = threading.Event()

        def send() -> None:
            begin, number = time.monotonic(), 0
            while not over.wait(max(0.0, begin + number / rate - time.monotonic())):
                calls.append(self.begin(port, requests[number % len(requests)], timeout))
                number += 1

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            yield calls
        finally:
            over.set()
            sender.join()

    def raw(self, port: int, data: bytes) -> socket.socket | None:
        """
        A connection on which so much is sent, and no more; None where nobody takes it.
        """
        with suppress(OSError):
            connection = socket.create_connection(("127.0.0.1", port), timeout=CONNECTS)
            self.allow("part of a request")
            connection.sendall(data)
            return connection
        return None


def _outcome(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return "refused" if isinstance(error, ConnectionRefusedError) else "cut off"
