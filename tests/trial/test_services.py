"""
What a trial finds in a service that does everything right, and in one that does all wrong.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.trial.as_typed import PATIENT, causes, trial
from tools import trial_picture
from workbench.trial.page import LINES

pytestmark = [
    pytest.mark.kept_with(
        "workbench/trial",
        "workbench/__main__.py",
        "tests/trial",
        "tools/trial_picture.py",
        ".github/trial_page.svg",
        sampled=False,
    ),
    pytest.mark.timeout(600),
]


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
        *PATIENT,
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
        *PATIENT,
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


def test_the_page_in_the_readme() -> None:
    """
    The README shows what a trial says today, but for its numbers.
    """
    shown = trial_picture.lines_of(trial_picture.PICTURE.read_text(encoding="utf-8"))

    assert trial_picture.same(shown, trial_picture.page())


def test_two_minutes(folder: Path) -> None:
    """
    A service that does everything wrong, with the grace that most platforms grant, is tried
    whole in two minutes.
    """
    text, said = trial(
        folder,
        "python wrong.py {port}",
        *("--setting", "API_KEY", "--request", "GET /"),
        *("--request", "GET /report", "--request", "GET /pay"),
        API_KEY="the-key-of-the-stock",
    )

    assert said["seconds"] <= 120, text
    assert "no time was left" not in text
    assert causes(said, "problem") == [
        "does not end",
        "beside",
        "started without API_KEY",
        "killed",
    ], text


def test_its_limit_is_kept(folder: Path) -> None:
    """
    A trial takes no longer than its limit; for what there was no time, it says so.
    """
    text, said = trial(
        folder,
        "python wrong.py {port}",
        *("--grace", "5", "--limit", "20", "--request", "GET /", "--request", "GET /report"),
    )

    assert said["seconds"] <= 20, text
    assert "does not end" in causes(said, "problem"), text
    assert "SIGKILL, and started again: no time was left of 20 s" in text
