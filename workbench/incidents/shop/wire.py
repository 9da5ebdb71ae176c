"""
The HTTP/1.1 that the processes of the shop speak to each other: one request a connection.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

END_OF_HEAD = b"\r\n\r\n"


class Request(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def headers_of(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(END_OF_HEAD)
    method, target, _ = head.decode("latin-1").split(" ", 2)
    headers = headers_of(head)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def answer(status: int, body: bytes = b"{}") -> bytes:
    return (
        f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode() + body


async def call(
    port: int,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> tuple[int, bytes]:
    """
    Send one request; return the status and the body of its answer.

    Raises:
        OSError: Nobody listens, or the connection broke.
        EOFError: It ended before the answer did.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        writer.write(
            f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Length: {len(body)}\r\n{lines}Connection: close\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(END_OF_HEAD)
        return int(head.split(None, 2)[1]), await reader.readexactly(
            int(headers_of(head)["content-length"])
        )
    finally:
        writer.transport.abort()
