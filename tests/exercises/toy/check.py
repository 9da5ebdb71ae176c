from pathlib import Path

import pytest

from workbench import start, traffic
from workbench.checks import Hint, ends, expect, record


def judge(folder: Path, name: str) -> tuple[int, bool]:
    service = start(
        "python service.py {port}", ready="/healthz", name=name, cwd=folder, timeout=6
    )
    with service:
        with traffic(f"{service.url}/work", rate=50, requests=5, timeout=2) as load:
            load.wait(5)
            load.mark("done")
        service.send("SIGTERM")
        ended = ends(service, within=2)
    record(name, load, service)
    return load.count("ok"), ended


@pytest.mark.control
def test_control(untouched: Path) -> None:
    """The untouched service answers nothing."""
    answered, _ = judge(untouched, "untouched")

    expect(answered == 0, done="5 requests", expected="no answer", seen=f"{answered} answers")


@pytest.fixture(scope="module")
def judged(attempt: Path) -> tuple[int, bool]:
    return judge(attempt, "yours")


def test_answers(judged: tuple[int, bool]) -> None:
    """Every request is answered."""
    answered, _ = judged

    expect(
        answered == 5,
        done="5 requests",
        expected="5 answers",
        seen=f"{answered} answers",
        hint=Hint("answers", f"{answered} of 5: what does it say to /work?"),
    )


def test_ends(judged: tuple[int, bool]) -> None:
    """SIGTERM ends it."""
    _, ended = judged

    expect(
        ended,
        done="SIGTERM",
        expected="it ends",
        seen="it ended" if ended else "it still ran",
        hint=Hint("ends", "Who took the signal?"),
    )
