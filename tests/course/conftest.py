"""
A reader's course, JupyterLab in it, and a browser that has never been used.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.jupyterlab import BROWSER, Lab, clone, running_lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running_lab(clone(tmp_path), tmp_path / "home") as started:
        yield started


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """
    A window of a browser that has never been used.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("needs chromium or google-chrome on PATH")
    # Quiet about itself: what it fetches of its own accord is not what the course fetches. It
    # refuses its sandbox to root.
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=BROWSER,
            headless=True,
            chromium_sandbox=os.geteuid() != 0,
            viewport={"width": 1280, "height": 900},
            args=[*quiet, "--disable-gpu", "--no-first-run"],
        )
        yield browser.pages[0]
        browser.close()
