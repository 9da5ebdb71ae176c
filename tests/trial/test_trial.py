"""
`course trial` as a reader runs it: on a service that does everything right, on one that does
everything wrong, and what it never does.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.trial.as_typed import causes, command, environ, trial
from workbench import wait_until
from workbench.trial.page import LINES

pytestmark = [
    pytest.mark.kept_with("workbench/trial", "workbench/__main__.py", "tests/trial"),
    pytest.mark.timeout(300),
]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def busy() -> Iterator[None]:
    """
    Both cores have something else to do.
    """
    loop = [sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(loop) for _ in range(2)]
    try:
        yield
    finally:
        for each in loops:
            each.kill()
            each.wait()


def the_right_one(folder: Path, stock: str) -> tuple[str, dict[str, Any]]:
    return trial(
        folder,
        "uvicorn right:app --port {port}",
        *("--ready", "/healthz", "--upstream", f"STOCK={stock}", "--setting", "API_KEY"),
        *("--request", "GET /healthz", "--request", "GET /report", "--request", "GET /stock"),
        API_KEY="the-key-of-the-stock",
    )


@pytest.mark.parametrize("run", ["first", "second", "busy"])
def test_a_right_service_has_no_problem(run: str, folder: Path, stock: str) -> None:
    """
    Of a service that does everything right nothing is a problem: three times, once while both
    cores are busy. What no service decides alone, the page may ask.
    """
    if run == "busy":
        with busy():
            text, said = the_right_one(folder, stock)
    else:
        text, said = the_right_one(folder, stock)

    assert causes(said, "problem") == [], text
    assert set(causes(said, "depends")) <= {"late", "sigint", "STOCK answers"}, text
    assert len(causes(said, "well")) >= 9, text


def test_a_wrong_service_has_them_all(folder: Path, stock: str) -> None:
    """
    Of a service that does everything wrong each problem is found once, on one page.
    """
    text, said = trial(
        folder,
        "python wrong.py {port}",
        *("--grace", "3", "--upstream", f"STOCK={stock}", "--setting", "API_KEY"),
        *("--request", "GET /", "--request", "GET /report"),
        *("--request", "GET /stock", "--request", "GET /pay"),
        API_KEY="the-key-of-the-stock",
    )

    assert causes(said, "problem") == [
        "does not end",
        "beside",
        "STOCK no limit",
        "started without API_KEY",
        "killed",
    ], text
    assert len(text.splitlines()) <= LINES


def test_what_it_never_does(folder: Path, tmp_path: Path) -> None:
    """
    A trial sends GET and HEAD only, from this machine; the service has the shell's environment;
    nothing in its folder has changed; no secret is on the page; no process is left.
    """
    told = tmp_path / "told"
    before = {path: path.read_bytes() for path in folder.iterdir()}

    text, said = trial(
        folder,
        f"python tells.py {{port}} {told} --token a-secret-word",
        *("--request", "GET /", "--request", "HEAD /"),
        UVICORN_WORKERS="2",
        API_KEY="the-key-of-the-stock",
        GREETING="the-key-of-the-stock, twice",
    )

    lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    starts = [line for line in lines if "pids" in line]
    requests = [line for line in lines if "method" in line]
    assert {line["method"] for line in requests} == {"GET", "HEAD"}
    assert {line["peer"] for line in requests} == {"127.0.0.1"}
    for start in starts:
        assert start["environ"]["UVICORN_WORKERS"] == "2"
        assert start["environ"]["PATH"] == environ()["PATH"]
        assert Path(start["folder"]) != folder
        assert not Path(start["folder"]).exists()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert "secret-word" not in text + json.dumps(said)
    assert "the-key" not in text + json.dumps(said)
    assert not any(alive(pid) for start in starts for pid in start["pids"])


def test_a_killed_trial_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    """
    1. A trial runs, with a service that has a child and writes into its folder.
    2. The trial is killed.

    Result: processes, copies of the folder and the guard are gone.
    """
    told, said = tmp_path / "told", tmp_path / "said.json"
    service = f"python tells.py {{port}} {told}"
    running = subprocess.Popen(
        command(service, said=said), cwd=folder, env=environ(), stdout=subprocess.DEVNULL
    )
    assert wait_until(lambda: told.exists() and "method" in told.read_text(), 60)
    children = psutil.Process(running.pid).children(recursive=True)

    running.send_signal(signal.SIGKILL)
    running.wait()

    lines = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    starts = [line for line in lines if "pids" in line]
    assert len(children) >= 3
    assert wait_until(lambda: not any(alive(child.pid) for child in children), 30)
    assert wait_until(lambda: not any(Path(start["folder"]).exists() for start in starts), 10)


@pytest.mark.parametrize(
    ("service", "says"),
    [
        ("uvicorn right:app", "has no {port}"),
        ("no-such-program {port}", "There is no program 'no-such-program'"),
        ("python -c 'raise SystemExit(3)' {port}", "Not tried: it ended before it was ready"),
    ],
)
def test_what_cannot_be_tried(service: str, says: str, folder: Path, tmp_path: Path) -> None:
    """
    Exit code 2, and what was done, seen, and is to be done.
    """
    done = subprocess.run(
        command(service, said=tmp_path / "said.json"),
        cwd=folder,
        env=environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
