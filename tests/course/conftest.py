"""
A reader's course, JupyterLab in it, and a browser that has never been used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.jupyterlab import Lab, clone, running_browser, running_lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running_lab(clone(tmp_path), tmp_path / "home") as started:
        yield started


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    with running_browser(tmp_path / "profile") as browser:
        yield browser.pages[0]
