"""
What a reader sees who types `make lab`, opens a notebook and runs all of it, in a real browser.
"""

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psutil
import pytest

from tools import ROOT

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FIRST = "chapters/00_start_here/00_start_here.ipynb"
NOTEBOOK = "chapters/01_graceful_shutdown/1.2_fastapi/1.2_fastapi.ipynb"

BROWSER = (
    shutil.which("chromium")
    or shutil.which("google-chrome")
    or shutil.which("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
)

# The notebook in front, as JupyterLab's own model has it: a page shows only the cells in view.
NOTEBOOK_IN_FRONT = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    if (!panel?.context?.model) return null;
    const cells = panel.context.model.toJSON().cells.filter(
        cell => cell.cell_type === "code" && cell.source.length
    );
    return {
        path: panel.context.path,
        kernel: panel.sessionContext?.session?.kernel?.status,
        numbers: cells.map(cell => cell.execution_count),
        errors: cells.flatMap(cell => cell.outputs)
            .filter(output => output.output_type === "error")
            .map(output => `${output.ename}: ${output.evalue}`),
    };
}"""

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="needs chromium or google-chrome on PATH"),
    pytest.mark.timeout(300),
]


class Lab(NamedTuple):
    """
    JupyterLab as `make lab` starts it; `left` names what is still alive of all that it started.
    """

    server: subprocess.Popen[bytes]
    address: str
    left: Callable[[], list[psutil.Process]]


def wait_for(look: Callable[[], Any], *, what: str, timeout: float) -> Any:
    deadline = time.monotonic() + timeout
    while not (seen := look()):
        assert time.monotonic() < deadline, f"waited {timeout:.0f} s for this: {what}"
        time.sleep(0.1)
    return seen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def processes_with(variable: str, value: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(variable) == value:
                found.append(process)
        except psutil.Error:  # ended meanwhile, or not ours to look at
            continue
    return found


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """
    The server of a reader with a new home folder, in a copy of the chapters: JupyterLab saves.
    """
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(ROOT / "chapters", tmp_path / "course" / "chapters")
    run = uuid.uuid4().hex
    log = tmp_path / "lab.log"
    terminal, stdin = pty.openpty()  # in a terminal JupyterLab ends in order at Ctrl-C
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, ROOT / "tools" / "lab.py", "--no-browser"),
                "--expose-app-in-browser",
                f"--ServerApp.root_dir={tmp_path / 'course'}",
                f"--LabApp.user_settings_dir={home / 'settings'}",
                f"--LabApp.workspaces_dir={home / 'workspaces'}",
            ],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "PORT": str(free_port()),
                "BROWSER_TEST": run,
            },
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def address() -> str | None:
        assert server.poll() is None, f"JupyterLab has ended:\n{log.read_text()}"
        found = re.search(r"http://127\.0\.0\.1:\S+token=\w+", log.read_text())
        return found and found[0]

    try:
        found = wait_for(address, what="JupyterLab prints its address", timeout=60)
        yield Lab(
            server,
            found,
            lambda: processes_with("BROWSER_TEST", run),
        )
    finally:
        for process in processes_with("BROWSER_TEST", run):
            process.kill()
        server.wait()
        os.close(terminal)
        os.close(stdin)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    """
    A window of a browser that has never been used.
    """
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


def in_front(page: Any, path: str) -> dict[str, Any]:
    """
    Wait until the notebook is in front and its kernel has nothing to do.
    """

    def look() -> dict[str, Any] | None:
        seen = page.evaluate(NOTEBOOK_IN_FRONT)
        ready = seen and seen["path"] == path and seen["kernel"] == "idle"
        return seen if ready else None

    return wait_for(look, what=f"{path} is in front, its kernel idle", timeout=60)


def choose(page: Any, menu: str, command: str) -> None:
    page.locator("li.lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
    page.locator(f"li.lm-Menu-item[data-command='{command}']").click()


def test_a_reader_opens_a_notebook_and_runs_all_of_it(lab: Lab, page: Any) -> None:
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
