"""
Fakeredis as a server of its own: `python fake_redis.py PORT`, on the loopback interface.
"""

import sys
from typing import Any

from fakeredis import TcpFakeServer
from fakeredis.commands_mixins.streams_mixin import StreamsCommandsMixin

read_group = StreamsCommandsMixin._xreadgroup


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


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1])), server_type="redis")
    print("ready to accept connections", flush=True)
    server.serve_forever()
