"""
Customers and a dependency in one loop; the service between them passes everything on.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench import Process, start
from workbench.wires import Wires

PASSES_ON = """
import http.server, os, sys, urllib.error, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            answer = urllib.request.urlopen(os.environ["STOCK"] + self.path)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError:
            return self.send_error(502)
        self.send_response(answer.status)
        self.end_headers()
        self.wfile.write(answer.read())

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def wires() -> Iterator[Wires]:
    with Wires() as wires:
        yield wires


@pytest.fixture
def service(wires: Wires, tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "passes_on.py").write_text(PASSES_ON, encoding="utf-8")
    command = f"{sys.executable} passes_on.py {{port}}"
    with start(command, ready="port", cwd=tmp_path, env={"STOCK": wires.url}) as service:
        yield service


def test_calls_wait_until_they_are_answered(wires: Wires, service: Process) -> None:
    """
    1. Two customers ask; their calls reach the dependency, and wait.
    2. The second is answered first, and then the first.

    Result: each customer has the answer to their own call, in the order that was decided.
    """
    first, second = wires.customer(service, "/a"), wires.customer(service, "/b")
    assert wires.until(lambda: len(wires.asked) == 2, 10)
    calls = {call.path: call for call in wires.asked}

    calls["/b"].answer(200, "of b")
    assert wires.until(lambda: second.ended, 10)
    assert not first.ended
    calls["/a"].answer(404, "of a")
    assert wires.until(lambda: first.ended, 10)

    assert (first.status, first.body) == (404, "of a")
    assert (second.status, second.body) == (200, "of b")


def test_a_connection_is_refused_and_accepted_again(wires: Wires, service: Process) -> None:
    """
    Who is refused is told so by the service; the next call arrives on the same port.
    """
    wires.refuse()
    refused = wires.customer(service, "/a")
    assert wires.until(lambda: refused.ended, 10)
    wires.accept()
    wires.customer(service, "/b")

    assert wires.until(lambda: wires.asked, 10)
    assert refused.status == 502
    assert [call.path for call in wires.asked] == ["/b"]


def test_a_service_that_is_gone_answers_nothing(wires: Wires, service: Process) -> None:
    """
    A customer who finds nobody has ended, without a status.
    """
    service.kill()
    customer = wires.customer(service, "/a")

    assert customer.ended
    assert customer.status is None
