"""
The proxy: faults are blocks, in force when the block begins and gone when it ends.
"""

import http.client
import socket
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from workbench import proxy, start
from workbench.errors import Died, WorkbenchError

HERE = Path(__file__).parent
SERVE = f"uvicorn --app-dir '{HERE}' answers:app --port {{port}}"


@pytest.fixture(scope="module")
def service():
    with start(SERVE, ready="/", name="answers behind a proxy") as running:
        yield running


@pytest.fixture
def proxied(service):
    with proxy(service.url) as running:
        yield running


def get(proxied):
    with closing(
        http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=10)
    ) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


def test_passes_through(proxied):
    """
    Without a fault, bytes go both ways.
    """
    assert get(proxied) == b"hello"


def test_hang(proxied):
    """
    Inside the block a request is taken and not answered; once it is left, the answer comes.
    """
    with proxied.hang():
        caller = socket.create_connection(("127.0.0.1", proxied.port), timeout=5)
        caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        caller.settimeout(0.5)
        with pytest.raises(TimeoutError):
            caller.recv(1)
    caller.settimeout(5)
    with caller:
        assert caller.recv(8) == b"HTTP/1.1"


def test_latency(proxied):
    """
    Inside the block an answer takes longer by the latency; after it, no longer.
    """
    with proxied.latency(0.3):
        begin = time.monotonic()
        assert get(proxied) == b"hello"
        slow = time.monotonic() - begin
    begin = time.monotonic()
    get(proxied)

    assert slow >= 0.3
    assert time.monotonic() - begin < slow


def test_latency_of_the_end():
    """
    That the service has closed a connection is held back as well: a slow proxy is slow for all.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with (
            proxy(f"http://127.0.0.1:{server.getsockname()[1]}") as proxied,
            proxied.latency(0.3),
        ):
            with socket.create_connection(("127.0.0.1", proxied.port), timeout=10) as client:
                server.accept()[0].close()
                closed = time.monotonic()
                assert client.recv(1) == b""

    assert time.monotonic() - closed >= 0.3


def test_latency_of_an_answer_in_pieces():
    """
    Pieces are held back side by side, not one after another.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with (
            proxy(f"http://127.0.0.1:{server.getsockname()[1]}") as proxied,
            proxied.latency(0.3),
        ):
            with socket.create_connection(("127.0.0.1", proxied.port), timeout=10) as client:
                upstream = server.accept()[0]
                upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
                begin = time.monotonic()
                for _ in range(10):
                    upstream.send(b".")
                    time.sleep(0.01)  # so that they are not read as one
                upstream.close()
                answer = b"".join(iter(lambda: client.recv(10), b""))
                seconds = time.monotonic() - begin

    assert answer == b"." * 10
    assert 0.3 <= seconds < 10 * 0.3


def test_a_client_that_meets_a_closing_connection():
    """
    A request on a connection that the service has closed hears the end, and the proxy obeys on.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        with (
            proxy(f"http://127.0.0.1:{server.getsockname()[1]}") as proxied,
            proxied.latency(0.3),
        ):
            with socket.create_connection(("127.0.0.1", proxied.port), timeout=10) as client:
                server.accept()[0].close()
                client.sendall(b"one")
                assert client.recv(1) == b""
            with socket.create_connection(("127.0.0.1", proxied.port), timeout=10) as client:
                with server.accept()[0] as upstream:  # by now the proxy knows that one has gone
                    client.sendall(b"two")
                    assert upstream.recv(3) == b"two"


def test_down(proxied):
    """
    Inside the block connections are refused; after it, the same address answers again.
    """
    with proxied.down(), pytest.raises(ConnectionRefusedError):
        get(proxied)

    assert get(proxied) == b"hello"


def test_reset(proxied):
    """
    Inside the block connections are reset, those that were open before too.
    """
    with closing(http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=10)) as old:
        old.request("GET", "/")
        old.getresponse().read()
        with proxied.reset():
            with pytest.raises(ConnectionResetError):
                get(proxied)
            with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
                old.request("GET", "/")
                old.getresponse()

    assert get(proxied) == b"hello"


def test_mended_after_an_error(proxied):
    """
    A fault ends with its block, also when the block fails.
    """
    with pytest.raises(ZeroDivisionError), proxied.down():
        raise ZeroDivisionError

    assert get(proxied) == b"hello"


def test_upstream_is_gone():
    """
    Without a service behind it, a connection is accepted and ended.
    """
    with start(SERVE, ready="/", name="soon gone") as service:
        url = service.url
    with (
        proxy(url) as proxied,
        pytest.raises((ConnectionError, http.client.RemoteDisconnected)),
    ):
        get(proxied)


def test_same_upstream_replaces(service):
    """
    A second proxy of the same service replaces the first.
    """
    first = proxy(service.url)
    with proxy(service.url) as second:
        assert repr(first).endswith("stopped>")
        assert repr(second).endswith("running>")


def test_a_dead_proxy_says_so(service):
    """
    A fault of a proxy whose process has died is an error, not a fault that never was.
    """
    proxied = proxy(service.url)
    psutil.Process(proxied._tool.pid).kill()
    with pytest.raises(Died, match="did not obey 'down'"), proxied.down():
        pass
    proxied.stop()


def test_this_machine_only():
    """
    A proxy leads to this machine only.
    """
    with pytest.raises(WorkbenchError, match="this machine only"):
        proxy("http://example.com:80")
