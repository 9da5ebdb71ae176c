"""
The board: a class's report in a browser, which follows what is handed in.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from workbench._records import keep
from workbench.exercises.messages import Hint
from workbench.exercises.verdict import FAIL, PASS, Claim, Result, Verdict

DRAIN = "01_graceful_shutdown/drain"


def hand_in(folder: Path, learner: str, result: Result, when: int = 1) -> None:
    hint = Hint("exits-at-once", "Who waits for the last answer?") if result == FAIL else None
    claims = [Claim("all are answered", met=result == PASS)]
    verdict = Verdict(
        DRAIN,
        "A title",
        result,
        1.0,
        claims=claims,
        hint=hint,
        when=f"2026-01-01T10:{when:02}:00Z",
    )
    keep(verdict, folder / learner / DRAIN)


@contextmanager
def board(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """
    The command, running, and where its page is.
    """
    command = [sys.executable, "-m", "workbench", "board", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        said = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert said, process.communicate()
        yield process, said[0]
    finally:
        process.kill()
        process.communicate()


def test_follows_what_is_handed_in(tmp_path: Path) -> None:
    """
    It begins with an empty folder; each look has what is there by then.
    """
    with board(tmp_path) as (_, address):
        nobody = httpx.get(address)
        hand_in(tmp_path, "ada", FAIL)
        ada = httpx.get(address)
        hand_in(tmp_path, "ada", PASS, when=2)
        hand_in(tmp_path, "grace", FAIL)
        both = httpx.get(address)

    assert "There is no verdict" in nobody.text
    assert "1 learner " in ada.text
    assert "Who waits for the last answer?" in ada.text
    assert "2 learners " in both.text
    assert both.text.index("grace") < both.text.index("ada")  # who needs help stands first
    assert int(both.headers["refresh"]) < 60
    assert "no-store" in both.headers["cache-control"]


def test_a_file_that_is_broken_does_not_end_it(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", PASS)
    (tmp_path / "grace.zip").write_bytes(b"PK half of it")
    (tmp_path / "loose").symlink_to("nowhere")

    with board(tmp_path) as (_, address):
        answer = httpx.get(address)

    assert answer.status_code == 200
    assert "grace.zip" in answer.text


def test_what_is_older_is_left_out(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", PASS)

    with board(tmp_path, "--since", "2026-02-01T09:00") as (_, address):
        answer = httpx.get(address)

    assert "0 of " in answer.text


def test_answers_this_machine_only(tmp_path: Path) -> None:
    """
    A page from elsewhere whose name leads here (DNS rebinding) reads no names.
    """
    hand_in(tmp_path, "ada", PASS)

    with board(tmp_path) as (_, address):
        here = httpx.get(address, headers={"host": "localhost"})
        elsewhere = httpx.get(address, headers={"host": "elsewhere.example"})

    assert "ada" in here.text
    assert elsewhere.status_code == 400
    assert "ada" not in elsewhere.text


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    """
    Also while a browser keeps its connection.
    """
    with board(tmp_path) as (process, address), httpx.Client(base_url=address) as browser:
        browser.get("/")
        os.kill(process.pid, signal.SIGINT)
        code = process.wait(20)
        complaint = process.stderr.read() if process.stderr else ""

    assert code == 130
    assert complaint == "Stopped.\n"


@pytest.mark.parametrize("what", ["folder", "port", "no port", "moment"])
def test_says_why_it_does_not_begin(what: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments, said = {
            "folder": ([tmp_path / "none"], "There is no folder"),
            "port": ([tmp_path, "--port", taken.getsockname()[1]], "Name another: --port"),
            "no port": ([tmp_path, "--port", 70_000], "Name another: --port"),
            "moment": ([tmp_path, "--since", "yesterday"], "yesterday"),
        }[what]
        command = [sys.executable, "-m", "workbench", "board", *map(str, arguments)]

        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
