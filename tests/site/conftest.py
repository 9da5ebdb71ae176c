"""
The site as it was built, on a server on loopback, and a browser that has never been used.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.jupyterlab import free_port, running_browser
from tools.site.__main__ import HTML

BOUND = 120_000  # milliseconds that anything may take in a browser on a busy machine


@pytest.fixture(scope="session")
def site() -> Path:
    if not (HTML / "index.html").exists():
        pytest.skip("the site is not built: make site")
    return HTML


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    port = free_port()
    command = ["-u", "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", site]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout
        server.stdout.readline()  # it serves
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_browser(tmp_path_factory.mktemp("browser") / "profile") as running:
        yield running


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    opened.set_default_timeout(BOUND)
    yield opened
    opened.close()
