"""
A real browser on JupyterLab, as `make lab` starts it: for tests of what a reader sees.
"""

import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from tools import ROOT

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


class Lab(NamedTuple):
    """
    JupyterLab as `make lab` starts it, on the copy of the course in `folder`.

    `left` names what is still alive of all that it started.
    """

    folder: Path
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
            tmp_path / "course",
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
