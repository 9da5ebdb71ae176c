"""
Fakeredis as a server of its own: `python fake_redis.py PORT`, on the loopback interface.
"""

import sys
from typing import Any

from fakeredis import FakeRedisConnection, TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler
from fakeredis.commands_mixins.streams_mixin import StreamsCommandsMixin
from redis.exceptions import ResponseError

read_group = StreamsCommandsMixin._xreadgroup


class Handler(TCPFakeRequestHandler):
    """
    Fakeredis 2.40 closes a connection after an error that it has answered; a server of Redis
    does not, and redis-py's `lock()` counts on it: NOSCRIPT is how it asks for its script.
    """

    current_client: Any

    def setup(self) -> None:
        super().setup()
        self.current_client = Errors(self.current_client)


class Errors:
    """
    A connection of fakeredis's whose errors are replies.
    """

    def __init__(self, connection: FakeRedisConnection) -> None:
        self._connection = connection

    def read_response(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def wait_for_entries(
    self: StreamsCommandsMixin,
    consumer: bytes,
    groups: list[Any],
    count: int | None,
    noack: bool,
    idle: int | None,
    _first_look: bool,
) -> dict[bytes, Any] | None:
    """
    What XREADGROUP answers, or None: only then does fakeredis 2.40 wait as long as BLOCK says.

    Its own first look finds an empty answer, and without COUNT it drops what it has delivered.
    """
    return read_group(self, consumer, groups, count, noack, idle, False) or None


StreamsCommandsMixin._xreadgroup = wait_for_entries  # type: ignore[assignment, method-assign]


class Server(TcpFakeServer):
    daemon_threads = True  # connections that are open do not keep it from ending

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), server_type="redis")
        self.RequestHandlerClass = Handler


if __name__ == "__main__":
    server = Server(int(sys.argv[1]))
    print("ready to accept connections", flush=True)
    server.serve_forever()
