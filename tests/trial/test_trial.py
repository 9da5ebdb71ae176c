"""
`course trial` as a reader runs it: what it never does, what it leaves, what it cannot try.

These run every time. What it finds in services and programs (`test_services.py`,
`test_programs.py`, `test_packages.py`) is proved when the trial has changed, and every Monday.
"""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.trial.as_typed import WITNESS, command, environ, trial
from workbench import wait_until


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_what_it_never_does(folder: Path, tmp_path: Path) -> None:
    """
    A trial sends GET and HEAD only, no faster than it is allowed, to this machine only; signals
    nobody whom it has not started, and a child that has left the group only by SIGKILL, at the
    end. The service has the shell's environment; nothing in its folder has changed; no secret
    is on the page; no process is left.
    """
    told, sworn = tmp_path / "told", tmp_path / "sworn"
    before = {path: path.read_bytes() for path in folder.iterdir()}

    text, said = trial(
        folder,
        f"python tells.py {{port}} {told} --token a-secret-word",
        *("--request", "GET /", "--request", "HEAD /"),
        course=(*WITNESS, str(sworn)),
        UVICORN_WORKERS="2",
        API_KEY="the-key-of-the-stock",
        GREETING="the-key-of-the-stock, twice",
    )

    starts = [line for line in read(told) if "pids" in line]
    requests = [line for line in read(told) if "method" in line]
    assert {line["method"] for line in requests} == {"GET", "HEAD"}
    assert {line["peer"] for line in requests} == {"127.0.0.1"}

    sent = [act for act in read(sworn) if "sent" in act]
    assert {act["sent"].partition(" ")[0] for act in sent} <= {"GET", "HEAD", ""}
    assert len(requests) <= len(sent) == sum(said["requests"].values())  # each was allowed
    assert {act["address"] for act in read(sworn) if "address" in act} == {"127.0.0.1"}

    signals = [act for act in read(sworn) if "signalled" in act]
    children = {start["pids"][1] for start in starts}
    assert {act["signal"] for act in signals} == {signal.SIGTERM, signal.SIGINT, signal.SIGKILL}
    assert all(act["ours"] for act in signals)
    assert {act["signal"] for act in signals if act["signalled"] in children} == {
        signal.SIGKILL
    }

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

    starts = [line for line in read(told) if "pids" in line]
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
