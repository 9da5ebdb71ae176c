"""
What a service on trial has around it.
"""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trial.as_typed import PROGRAMS, Stock, Upstream


@pytest.fixture
def stock() -> Iterator[str]:
    """
    The address of an upstream.
    """
    with Upstream(("127.0.0.1", 0), Stock) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """
    A reader's folder, with services in it.
    """
    return Path(shutil.copytree(PROGRAMS, tmp_path / "shop"))
