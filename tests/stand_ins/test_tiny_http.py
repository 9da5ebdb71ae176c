"""
The tiny HTTP speaks with real clients, and forgives those who leave.
"""

import asyncio
import http.client
import socket
from pathlib import Path

import pytest

from stand_ins.tiny_http import Unavailable, ask, get
from workbench import Process, start

SERVICE = """
import sys
from stand_ins.tiny_http import serve

async def answer(method, path):
    if path == "/errs":
        return 503, "", "Retry-After: 1"
    return 200, f"{method} {path} ≈"

serve(int(sys.argv[1]), answer, keep_alive="keep" in sys.argv, stand_by="stand-by" in sys.argv)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "service.py"
    path.write_text(SERVICE, encoding="utf-8")
    return path


def serving(program: Path, *options: str) -> Process:
    words = " ".join(options)
    return start(f"python {program} {{port}} {words}", ready="listening", name=f"tiny {words}")


def test_an_answer(program: Path) -> None:
    """
    Status, body and headers arrive, and a service may add headers of its own.
    """
    with serving(program) as service:
        assert service.port is not None
        status, headers, body = asyncio.run(ask(service.port, "/a", "PUT"))
        assert (status, body) == (200, "PUT /a ≈")
        assert headers["Connection"] == "close"
        assert asyncio.run(get(service.port)) == "GET / ≈"
        status, headers, _ = asyncio.run(ask(service.port, "/errs"))
        assert (status, headers["Retry-After"]) == (503, "1")


def test_unavailable(program: Path) -> None:
    """
    `get` tells a 5xx from an answer.
    """

    async def errs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 -\r\nConnection: close\r\n\r\n")
        writer.close()

    async def ask_it() -> None:
        async with await asyncio.start_server(errs, "127.0.0.1", 0) as server:
            await get(server.sockets[0].getsockname()[1])

    with pytest.raises(Unavailable):
        asyncio.run(ask_it())


@pytest.mark.parametrize(("options", "kept"), [(["keep"], True), ([], False)])
def test_a_connection(program: Path, options: list[str], kept: bool) -> None:
    """
    A customer may ask again on the same connection where that was said, and only there.
    """
    with serving(program, *options) as service:
        customer = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        customer.request("GET", "/1")
        answer = customer.getresponse()
        assert answer.read().decode() == "GET /1 ≈"
        assert answer.will_close is not kept
        customer.request("GET", "/2")  # on a new connection, if it must
        assert customer.getresponse().read().decode() == "GET /2 ≈"
        customer.close()


def test_who_leaves(program: Path) -> None:
    """
    Whoever hangs up before or within a request is no error.
    """
    with serving(program) as service:
        for words in (b"", b"GET / HT"):
            with socket.create_connection(("127.0.0.1", service.port)) as customer:
                customer.sendall(words)
        assert asyncio.run(get(service.port or 0)) == "GET / ≈"
        assert [line.text for line in service.log] == ["listening"]


def test_a_port_that_is_taken(program: Path) -> None:
    """
    1. A service has the port; one that stands by comes, and one that does not.
    2. The first ends.

    Result: the one that stood by serves; the other has ended with an error.
    """
    with serving(program) as first:
        command = f"python {program} {first.port}"
        with start(f"{command} stand-by", ready="standing by", name="second") as second:
            with start(command, ready=None, name="third") as third:
                assert third.wait(10) == 1
            first.stop()
            second.wait_log("listening")
            assert asyncio.run(get(first.port or 0)) == "GET / ≈"
