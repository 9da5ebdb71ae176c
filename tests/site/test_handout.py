"""
A notebook in a single file.
"""

from pathlib import Path
from typing import Any

import pytest

from tools.site.handout import handout
from workbench.errors import WorkbenchError


def test_a_handout_needs_nothing(site: Path, page: Any, tmp_path: Path) -> None:
    """
    Opened as a file, it shows text and pictures, and asks for nothing else.
    """
    path = handout("5.1", site, tmp_path)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    pictures = page.locator("img")
    drawn = pictures.evaluate_all("all => all.filter(one => one.naturalWidth > 100).length")

    assert page.locator("h1").inner_text().startswith("Break the circuit")
    assert drawn == pictures.count() > 1
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert page.locator("a[href^='..']").count() == 0


def test_a_handout_of_nothing(site: Path, tmp_path: Path) -> None:
    """
    Who names no notebook is told which there are.
    """
    with pytest.raises(WorkbenchError, match=r"no notebook '9\.9'; it has: .*5\.1_circuit"):
        handout("9.9", site, tmp_path)
