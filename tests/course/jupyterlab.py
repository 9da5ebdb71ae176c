"""
JupyterLab as `make lab` starts it for a reader, and what is seen of it in a real browser.
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
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
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
    const all = panel.context.model.toJSON().cells;
    const cells = all.filter(cell => cell.cell_type === "code" && cell.source.length);
    const outputs = cells.flatMap(cell => cell.outputs);
    return {
        path: panel.context.path,
        ready: panel.context.isReady,
        dirty: panel.context.model.dirty,
        kernel: panel.sessionContext?.session?.kernel?.status,
        sources: all.map(cell => cell.source),
        numbers: cells.map(cell => cell.execution_count),
        outputs: outputs.map(output => output.metadata?.course ?? output.output_type),
        errors: outputs.filter(output => output.output_type === "error")
            .map(output => `${output.ename}: ${output.evalue}`),
    };
}"""

Seen = dict[str, Any]


class Lab(NamedTuple):
    """
    A reader's JupyterLab; `left` names what is still alive of all that it started.
    """

    course: Path
    server: subprocess.Popen[bytes]
    address: str
    left: Callable[[], list[psutil.Process]]

    def page_of(self, path: str, workspace: str = "default") -> str:
        base, token = re.split(r"/lab(?:/.*)?\?", self.address)
        return f"{base}/lab/workspaces/{workspace}/tree/{path}?{token}"

    def get(self, path: str) -> httpx2.Response:
        base, token = re.split(r"/lab(?:/.*)?\?", self.address)
        header = {"Authorization": token.replace("=", " ")}
        return httpx2.get(f"{base}{path}", headers=header, timeout=60)


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


def git(folder: Path, *words: str) -> str:
    """
    What git says, as somebody without settings of their own.
    """
    who = ("-c", "user.name=reader", "-c", "user.email=reader@localhost")
    done = subprocess.run(
        ["git", *who, *words],
        cwd=folder,
        env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def clone(folder: Path) -> Path:
    """
    A reader's clone of the course as it is here, from `origin` beside it.
    """
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.split("\0")[:-1]:
        if (ROOT / name).is_file():
            (folder / "origin" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "origin" / name)
    git(folder / "origin", "init", "--quiet")
    git(folder / "origin", "add", ".")
    git(folder / "origin", "commit", "--quiet", "--message=the course")
    git(folder, "clone", "--quiet", "origin", "course")
    return folder / "course"


@contextmanager
def running_lab(course: Path, home: Path, **variables: str) -> Iterator[Lab]:
    """
    The server of a reader with a new home folder.
    """
    home.mkdir()
    run = uuid.uuid4().hex
    log = home / "lab.log"
    terminal, stdin = pty.openpty()  # in a terminal JupyterLab ends in order at Ctrl-C
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, course / "tools" / "lab.py", "--no-browser"),
                "--expose-app-in-browser",
                f"--LabApp.user_settings_dir={home / 'settings'}",
                f"--LabApp.workspaces_dir={home / 'workspaces'}",
            ],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "PORT": str(free_port()),
                "BROWSER_TEST": run,
                **variables,
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
        yield Lab(course, server, found, lambda: processes_with("BROWSER_TEST", run))
    finally:
        server.terminate()
        # In order, so that a guard has the time to end what does not inherit the variable.
        psutil.wait_procs(processes_with("BROWSER_TEST", run), timeout=30)
        for process in processes_with("BROWSER_TEST", run):
            process.kill()
        server.wait()
        os.close(terminal)
        os.close(stdin)


@contextmanager
def running_browser(profile: Path) -> Iterator[Any]:
    """
    A browser that has never been used.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if BROWSER is None:
        pytest.skip("needs chromium or google-chrome on PATH")
    # Quiet about itself: what it fetches of its own accord is not what the course fetches. It
    # refuses its sandbox to root.
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=BROWSER,
            headless=True,
            chromium_sandbox=os.geteuid() != 0,
            viewport={"width": 1280, "height": 900},
            args=[*quiet, "--disable-gpu", "--no-first-run"],
        )
        yield browser
        browser.close()


def in_front(page: Any, path: str) -> Seen:
    """
    Wait until the notebook is in front and its kernel has nothing to do.
    """

    def look() -> Seen | None:
        seen = page.evaluate(NOTEBOOK_IN_FRONT)
        ready = seen and seen["path"] == path and seen["ready"] and seen["kernel"] == "idle"
        return seen if ready else None

    return wait_for(look, what=f"{path} is in front, its kernel idle", timeout=120)


def choose(page: Any, menu: str, command: str) -> None:
    page.locator("li.lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
    page.locator(f"li.lm-Menu-item[data-command='{command}']").click()


def execute(page: Any, command: str, **options: str) -> None:
    """
    Give a command, as a menu or a key would, and wait for its end.
    """
    call = "async ([name, o]) => { await window.jupyterapp.commands.execute(name, o); }"
    page.evaluate(call, [command, options])


def saved(page: Any) -> Seen:
    """
    Save the notebook in front; what is there then.
    """
    execute(page, "docmanager:save")
    return wait_for(
        lambda: (seen := page.evaluate(NOTEBOOK_IN_FRONT)) and not seen["dirty"] and seen,
        what="the notebook is saved",
        timeout=30,
    )


def asked(page: Any) -> list[str]:
    """
    What JupyterLab asks or reports on top of all else.
    """
    return page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()
