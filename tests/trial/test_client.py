"""
Never more than twenty requests a second, and what becomes of each.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from workbench.trial import Request
from workbench.trial.client import MOST_A_SECOND, Client
from workbench.trial.clock import Clock

GET = Request("GET", "/")
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """
    A server of one connection; its port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_at_most_twenty_a_second() -> None:
    """
    Whoever asks, from two threads, together and one by one: in no second are there more.
    """
    client = Client(Clock(60))
    times: list[float] = []

    def ask(many: int) -> None:
        for _ in range(60 // many // 2):
            client.allow(*[GET] * many)
            times.extend([time.monotonic()] * many)

    threads = [threading.Thread(target=ask, args=(many,)) for many in (1, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    times.sort()
    pairs = list(zip(times, times[MOST_A_SECOND:], strict=False))
    assert len(pairs) == 40
    # The clock is read here a moment after the client has read it.
    assert all(later - earlier > 0.9 for earlier, later in pairs)
    assert client.sent == {"GET /": 60}


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        (WHOLE, "answered", 200),
        (b"HTTP/1.1 503 No\r\n\r\nuntil the end", "answered", 503),
        (b"HTTP/1.1 204 Nothing\r\n\r\n", "answered", 204),
        (WHOLE[:-1], "cut off", 200),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "cut off", 200),
        (b"", "cut off", None),
        (b"no HTTP\r\n\r\n", "cut off", None),
    ],
)
def test_what_becomes_of_a_request(answer: bytes, outcome: str, status: int | None) -> None:
    """
    A whole answer is one; what ends before is cut off.
    """
    with server(lambda connection: connection.sendall(answer)) as port:
        call = Client(Clock(60)).ask(port, GET, 5)

    assert (call.outcome, call.status) == (outcome, status)


def test_an_answer_without_an_end() -> None:
    """
    No answer in time has timed out; one that has begun is unfinished.
    """
    over = threading.Event()

    def stream(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
        over.wait()

    with server(stream) as port:
        assert Client(Clock(60)).ask(port, GET, 0.2).outcome == "unfinished"
        over.set()
    over.clear()
    with server(lambda _: over.wait() and None) as port:
        assert Client(Clock(60)).ask(port, GET, 0.2).outcome == "timed out"
        over.set()


def test_nobody_listens() -> None:
    """
    It is refused, at once.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert Client(Clock(60)).ask(port, GET, 5).outcome == "refused"
