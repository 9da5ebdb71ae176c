"""
What a reader sees who types `make lab`, opens a notebook and runs all of it, in a real browser.
"""

import signal
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.course.jupyterlab import (
    NOTEBOOK_IN_FRONT,
    Lab,
    Seen,
    asked,
    choose,
    git,
    in_front,
    saved,
    wait_for,
)

FIRST = "chapters/00_start_here/00_start_here.ipynb"
NOTEBOOK = "chapters/01_graceful_shutdown/1.2_fastapi/1.2_fastapi.ipynb"

pytestmark = pytest.mark.timeout(300)


def test_a_reader_opens_a_notebook_and_runs_all_of_it(lab: Lab, page: Any) -> None:
    """
    1. The reader opens the address that `make lab` prints, and finds chapter 00.
    2. They open the notebook, and choose Run All Cells.
    3. They save it, and open it once more.
    4. They type Ctrl-C into the terminal.

    Result: at first nothing is there that was measured; then every cell has run, in order and
    without an error, and the run is kept, in no file of the course. Nothing was fetched from
    elsewhere, nothing failed in the browser, nobody was asked anything, and nothing is left.
    """
    complaints, elsewhere = [], []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            elsewhere.append(request.url)
            if urlsplit(request.url).hostname not in {"127.0.0.1", None}
            else None
        ),
    )

    page.goto(lab.address)
    in_front(page, FIRST)
    page.goto(lab.page_of(NOTEBOOK))
    opened = in_front(page, NOTEBOOK)
    choose(page, "Run", "runmenu:run-all")

    def end() -> Seen | None:
        seen = page.evaluate(NOTEBOOK_IN_FRONT)
        over = seen["errors"] or (seen["numbers"][-1] and seen["kernel"] == "idle")
        return seen if over else None

    ran = wait_for(end, what=f"the last cell of {NOTEBOOK} has run", timeout=180)
    saved(page)
    page.goto(lab.page_of(NOTEBOOK, workspace="another"))
    again = in_front(page, NOTEBOOK)

    assert set(opened["numbers"]) == {None}
    assert set(opened["outputs"]) <= {"fixed"}
    assert not opened["dirty"]
    assert ran["errors"] == []
    assert ran["numbers"] == list(range(1, len(ran["numbers"]) + 1))
    assert again["numbers"] == ran["numbers"]
    assert again["outputs"] == ran["outputs"]
    assert git(lab.course, "status", "--porcelain") == ""
    assert asked(page) == []
    assert complaints == []
    assert elsewhere == []

    page.close()
    lab.server.send_signal(signal.SIGINT)

    assert lab.server.wait(timeout=30) == 0
    psutil.wait_procs(lab.left(), timeout=15)
    assert lab.left() == []
