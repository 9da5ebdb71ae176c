"""
A TCP proxy whose faults are blocks.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self
from urllib.parse import urlsplit

from ._spawn import end, free_port, spawn_sidecar
from .errors import Died, WorkbenchError

_proxies: dict[str, "Proxy"] = {}


def proxy(upstream: str) -> "Proxy":
    """
    Put a proxy between a client and the service at `upstream`, to be cut, slowed and mended.

        stock = proxy(service.url)
        with stock.latency(0.5):        # every answer comes half a second later
            httpx.get(stock.url)
        with proxied.down():            # nobody listens: connections are refused
            ...
        with proxied.reset():           # connections are torn down by a RST
            ...
        with proxied.hang():            # connections are accepted, and never answered
            ...

    The same upstream again replaces the proxy, so that a cell may run twice.
    """
    parts = urlsplit(upstream)
    if parts.hostname != "127.0.0.1" or parts.port is None:
        msg = f"A proxy leads to this machine only (http://127.0.0.1:PORT), not {upstream!r}."
        raise WorkbenchError(msg)
    if upstream in _proxies:
        _proxies[upstream].stop()
    _proxies[upstream] = Proxy(parts.port)
    return _proxies[upstream]


class Proxy:
    """
    A TCP proxy in a process of its own. Made by `proxy()`.
    """

    def __init__(self, upstream: int) -> None:
        self.port = free_port()
        self._upstream = upstream
        self._tool, self._commands = spawn_sidecar(
            "proxy_server.py", str(self.port), str(upstream)
        )
        self._tell("up")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def latency(self, seconds: float) -> Iterator[None]:
        """
        Hold back every piece of an answer for `seconds`, and the end of the connection too.
        """
        with self._fault(f"latency {seconds}", "latency 0"):
            yield

    @contextmanager
    def down(self) -> Iterator[None]:
        """
        Stop listening and end all connections: new ones are refused.
        """
        with self._fault("down", "up"):
            yield

    @contextmanager
    def reset(self) -> Iterator[None]:
        """
        Tear down every connection, old or new, by a RST: "connection reset by peer".
        """
        with self._fault("reset", "accept"):
            yield

    @contextmanager
    def hang(self) -> Iterator[None]:
        """
        Accept connections and requests, and give no answer before the block is left.
        """
        with self._fault("hang", "go on"):
            yield

    def stop(self) -> None:
        """
        End the proxy and all connections through it. Any number of times.
        """
        end(self._tool)
        assert self._tool.stdout is not None
        self._tool.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self._tool.poll() is None else "stopped"
        return f"<Proxy {self.url} → 127.0.0.1:{self._upstream} {state}>"

    @contextmanager
    def _fault(self, begin: str, mend: str) -> Iterator[None]:
        self._tell(begin)
        try:
            yield
        finally:
            self._tell(mend)

    def _tell(self, command: str) -> None:
        """
        Give a command and return when it is in force.
        """
        answers = self._tool.stdout
        assert answers is not None
        try:
            self._commands.write(f"{command}\n".encode())
            self._commands.flush()
        except BrokenPipeError:
            pass  # the answer says why
        answer = b""
        if select.select([answers], [], [], 5)[0]:
            answer = answers.readline()
        if answer != b"ok\n":
            rest = answer + (answers.read() if self._tool.poll() is not None else b"")
            msg = f"The proxy did not obey {command!r}.\n{rest.decode(errors='replace')}"
            raise Died(msg)
