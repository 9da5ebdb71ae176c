"""
Not a web server, nor a client: as much of HTTP as services need that only count who asks.

Everything is on 127.0.0.1, a request has no body, and nothing is escaped. It is small, so that
clients by the hundred are not busy with themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple


class Unavailable(Exception):
    """
    The answer was a 5xx.
    """


async def ask(
    port: int, path: str = "/", method: str = "GET"
) -> tuple[int, dict[str, str], str]:
    """
    Ask on a connection of its own; return status, headers and body.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    finally:
        writer.close()
    if not head:
        raise ConnectionError("the connection ended before the answer")
    first, *lines = head.split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


async def get(port: int) -> str:
    status, _, body = await ask(port)
    if status >= 500:
        raise Unavailable(status)
    return body


class Request(NamedTuple):
    """
    What a customer asks for; the names of headers in small letters.
    """

    method: str
    path: str
    headers: dict[str, str]


class Connection:
    """
    A connection of a customer, who may ask on it again and again.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def request(self) -> Request | None:
        """
        The next request; None when the customer has hung up.
        """
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = (line.split(":", 1) for line in lines)
        return Request(method, path, {name.lower(): text.strip() for name, text in headers})

    async def answer(self, status: int, body: str = "", *headers: str) -> None:
        length = f"Content-Length: {len(body.encode())}"
        lines = [f"HTTP/1.1 {status} -", length, *headers, "", body]
        self.writer.write("\r\n".join(lines).encode())
        await self.writer.drain()


def serve(
    port: int,
    answer: Callable[[str, str], Awaitable[tuple[Any, ...]]],
    *,
    keep_alive: bool = False,
    stand_by: bool = False,
) -> None:
    """
    Answer every request with what `answer(method, path)` returns: status, body, and headers.

    Args:
        port: Where to listen.
        answer: A coroutine.
        keep_alive: Whether a customer may ask again on the same connection.
        stand_by: Whether to wait, if the port is taken, until its owner has gone.
    """

    async def talk(connection: Connection) -> None:
        while request := await connection.request():
            status, body, *headers = await answer(request.method, request.path)
            if not keep_alive:
                headers.append("Connection: close")
            await connection.answer(status, body, *headers)
            if not keep_alive:
                break

    listen(port, talk, stand_by=stand_by)


def listen(
    port: int, talk: Callable[[Connection], Awaitable[None]], *, stand_by: bool = False
) -> None:
    """
    Talk to each customer, on one connection, until `talk(connection)` returns.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(Connection(reader, writer))
        except ConnectionError:
            pass  # the other side has hung up
        finally:
            writer.close()

    async def main() -> None:
        while True:
            try:
                server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=500)
                break
            except OSError:
                if not stand_by:
                    raise
                print("standing by", flush=True)
                await asyncio.sleep(0.02)
        print("listening", flush=True)
        await server.serve_forever()

    asyncio.run(main())
