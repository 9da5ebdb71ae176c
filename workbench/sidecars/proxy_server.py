"""
The proxy between a client and a service: a process of its own, with a switch for each fault.

Run as `python -I proxy_server.py LISTEN_PORT UPSTREAM_PORT`.
Lines on stdin, each answered by a line "ok" once it is in force:

    latency SECONDS   every piece of an answer, and its end, is held back for so long
                      (0: no longer)
    down / up         stop listening and end all connections / listen again
    reset / accept    end every connection by a RST, new ones too / no longer
    hang / go on      hold back every answer / no longer
"""

import asyncio
import os
import socket
import struct
import sys
import threading
import time
from contextlib import suppress

QUEUED = 100  # pieces that are held back; then the sender has to wait
LINGER_ZERO = struct.pack("ii", 1, 0)  # closing sends a RST (tcp(7), SO_LINGER)


class Proxy:
    """
    Copies bytes in both directions, as long as no fault forbids it.
    """

    def __init__(self, port: int, upstream: int) -> None:
        self.port, self.upstream = port, upstream
        self.latency = 0.0
        self.resetting = False
        self.answering = asyncio.Event()
        self.answering.set()
        self.connections: set[asyncio.StreamWriter] = set()
        self.server: asyncio.Server | None = None

    async def obey(self, command: str) -> None:
        """
        Carry out one line from stdin.
        """
        match command.split():
            case ["latency", seconds]:
                self.latency = float(seconds)
            case ["down"] if self.server is not None:
                self.server.close()
                self.server = None
                self.end_connections()
            case ["up"]:
                self.server = await asyncio.start_server(
                    self.serve, "127.0.0.1", self.port, reuse_address=True
                )
            case ["reset"]:
                self.resetting = True
                self.end_connections()
            case ["accept"]:
                self.resetting = False
            case ["hang"]:
                self.answering.clear()
            case ["go", "on"]:
                self.answering.set()

    def end_connections(self) -> None:
        for writer in list(self.connections):
            self.end(writer)

    def end(self, writer: asyncio.StreamWriter) -> None:
        if self.resetting:
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.resetting:
            self.end(writer)
            return
        self.connections.add(writer)
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            self.end(writer)
            self.connections.discard(writer)
            return
        self.connections.add(up_writer)
        await asyncio.gather(
            self.copy(reader, up_writer, held=False), self.copy(up_reader, writer, held=True)
        )
        for one in (writer, up_writer):
            self.connections.discard(one)
            one.close()

    async def copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, held: bool
    ) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED)
        taking = asyncio.create_task(self.take(reader, pieces, held=held))
        with suppress(OSError):  # who no longer listens need not be told
            while True:
                due, data = await pieces.get()
                await asyncio.sleep(due - time.monotonic())
                if held:
                    await self.answering.wait()
                if not data:
                    writer.write_eof()
                    break
                writer.write(data)
                await writer.drain()
        taking.cancel()

    async def take(
        self,
        reader: asyncio.StreamReader,
        pieces: asyncio.Queue[tuple[float, bytes]],
        *,
        held: bool,
    ) -> None:
        """
        Note for every piece when it is due; the last, the end, is empty.

        Pieces are held back at the same time: an answer of three is not late three times.
        """
        data = b"some"
        while data:
            try:
                data = await reader.read(65536)
            except ConnectionError:
                data = b""
            await pieces.put((time.monotonic() + (self.latency if held else 0), data))


async def main() -> None:
    proxy = Proxy(int(sys.argv[1]), int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def listen() -> None:
        for line in sys.stdin:
            asyncio.run_coroutine_threadsafe(proxy.obey(line), loop).result()
            os.write(1, b"ok\n")
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=listen, daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
