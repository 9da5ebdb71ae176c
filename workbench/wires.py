"""
Customers, a dependency that is told what to answer to each call, and one loop for all of them.

A check that knows the order of what happened needs no clock for it: that a call has reached the
dependency, or that a customer was answered, is an event, and `until()` waits for events alone.
"""

import selectors
import socket
import time
from collections.abc import Callable, Mapping
from typing import Self

from . import _waiting
from ._process import Process

HEAD_ENDS = b"\r\n\r\n"


class Wires:
    """
    The loop, and the dependency, which listens on `url`.

        with Wires() as wires:
            customer = wires.customer(shop, "/items/7")
            wires.until(lambda: wires.asked or customer.ended, 5)
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []  # in the order in which they came
        self._selector = selectors.DefaultSelector()
        self._listener = _bound(0)
        self.port: int = self._listener.getsockname()[1]
        self.accept()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def accept(self) -> None:
        """
        Listen, at first, and again after `refuse()`.
        """
        self._listener.listen(100)
        self._watch(self._listener, self._connect)

    def refuse(self) -> None:
        """
        Refuse connections; the port stays ours.
        """
        self._drop(self._listener)
        self._listener = _bound(self.port)

    def customer(
        self,
        service: Process,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> "Customer":
        """
        Somebody who asks; with a body, by POST.
        """
        method = "GET" if body is None else "POST"
        fields = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
        if body is not None:
            fields["Content-Length"] = str(len(body.encode()))
        lines = [f"{method} {path} HTTP/1.1", *map(": ".join, fields.items())]
        return Customer(self, service, path, "\r\n".join(lines) + "\r\n\r\n" + (body or ""))

    def until(self, done: Callable[[], object], timeout: float) -> bool:
        """
        Let things happen until `done()` is true; whether it came true. On a slow machine it
        waits longer, as `wait_until()` does.
        """
        began = time.monotonic()
        while not done():
            waited = time.monotonic() - began
            if waited > timeout and waited > timeout * _waiting.patience(began):
                return False
            self._turn(min(0.25, timeout))
        return True

    def rest(self, seconds: float) -> None:
        """
        Let so much time pass; what happens meanwhile is noted.
        """
        over = time.monotonic() + seconds
        while (left := over - time.monotonic()) > 0:
            self._turn(left)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            self._drop(key.fileobj)  # type: ignore[arg-type]
        self._listener.close()
        self._selector.close()

    def _turn(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj in self._selector.get_map():  # not dropped by the one before it
                key.data()

    def _watch(self, connection: socket.socket, then: Callable[[], None]) -> None:
        self._selector.register(connection, selectors.EVENT_READ, then)

    def _drop(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0 and connection in self._selector.get_map():
            self._selector.unregister(connection)
        connection.close()

    def _connect(self) -> None:
        connection, _ = self._listener.accept()
        head = b""

        def read() -> None:
            nonlocal head
            data = _received(connection)
            head += data
            if not data:
                self._drop(connection)
            elif head.endswith(HEAD_ENDS):
                self.asked.append(Asked(self, connection, head.split()[1].decode()))
                head = b""

        self._watch(connection, read)


class Asked:
    """
    A call that has reached the dependency, and waits for its answer.
    """

    def __init__(self, wires: Wires, connection: socket.socket, path: str) -> None:
        self.path = path
        self._wires, self._connection = wires, connection

    def answer(self, status: int, body: str) -> None:
        if self._connection.fileno() < 0:  # who has hung up need not be told
            return
        head = f"HTTP/1.1 {status} As told\r\nContent-Length: {len(body)}\r\n"
        self._connection.sendall(f"{head}Connection: close\r\n\r\n{body}".encode())
        self._wires._drop(self._connection)


class Customer:
    """
    Somebody who asks a service on a connection of their own, and waits, or leaves.
    """

    def __init__(self, wires: Wires, service: Process, path: str, request: str) -> None:
        self.path = path
        self.ended = False  # answered, or left
        self._wires, self._received = wires, b""
        self._connection = socket.socket()
        self._connection.settimeout(5)
        try:
            self._connection.connect(("127.0.0.1", service.port or 0))
            self._connection.sendall(request.encode())
            wires._watch(self._connection, self._read)
        except OSError:  # it does not run any more
            self.leave()

    @property
    def status(self) -> int | None:
        words = self._received.split(None, 2)
        return int(words[1]) if self.ended and len(words) > 1 else None

    @property
    def body(self) -> str:
        return self._received.partition(HEAD_ENDS)[2].decode(errors="replace")

    def leave(self) -> None:
        self.ended = True
        self._wires._drop(self._connection)

    def _read(self) -> None:
        data = _received(self._connection)
        self._received += data
        if not data:
            self.leave()


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""
