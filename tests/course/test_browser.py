"""
What a reader sees who types `make lab`, opens a notebook and runs all of it, in a real browser.
"""

import signal
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from tests.course.browser import NOTEBOOK_IN_FRONT, Lab, choose, in_front, wait_for

FIRST = "chapters/00_start_here/00_start_here.ipynb"
NOTEBOOK = "chapters/01_graceful_shutdown/1.2_fastapi/1.2_fastapi.ipynb"

pytestmark = pytest.mark.timeout(300)


def test_a_reader_opens_a_notebook_and_runs_all_of_it(page: Any, lab: Lab) -> None:
    """
    1. The reader opens the address that `make lab` prints, and finds chapter 00.
    2. They open the notebook, and choose Run All Cells.
    3. They type Ctrl-C into the terminal.

    Result: every cell has run, in order and without an error; nothing was fetched from
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
    page.goto(f"{lab.address.split('/lab/')[0]}/lab/tree/{NOTEBOOK}")
    in_front(page, NOTEBOOK)
    choose(page, "Edit", "editmenu:clear-all")  # the outputs and numbers it was stored with
    cleared = in_front(page, NOTEBOOK)
    choose(page, "Run", "runmenu:run-all")

    def end() -> dict[str, Any] | None:
        seen = page.evaluate(NOTEBOOK_IN_FRONT)
        over = seen["errors"] or (seen["numbers"][-1] and seen["kernel"] == "idle")
        return seen if over else None

    ran = wait_for(end, what=f"the last cell of {NOTEBOOK} has run", timeout=180)

    assert set(cleared["numbers"]) == {None}
    assert ran["errors"] == []
    assert ran["numbers"] == list(range(1, len(ran["numbers"]) + 1))
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert complaints == []
    assert elsewhere == []

    page.close()
    lab.server.send_signal(signal.SIGINT)

    assert lab.server.wait(timeout=30) == 0
    psutil.wait_procs(lab.left(), timeout=15)
    assert lab.left() == []
