import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench import start, traffic
from workbench.checks import ends, expect, explanation, record

REQUESTS = 5


class Seen(NamedTuple):
    answered: int
    ended: bool


@pytest.fixture(scope="module")
def path(seed: int) -> str:
    return f"/work/{random.Random(seed).randrange(1_000_000)}"


def attack(folder: Path, name: str, path: str) -> Seen:
    service = start(
        "python service.py {port}", ready="/healthz", name=name, cwd=folder, timeout=6
    )
    with service:
        with traffic(f"{service.url}{path}", rate=50, requests=REQUESTS, timeout=2) as load:
            load.wait(REQUESTS)
            load.mark("done")
        service.send("SIGTERM")
        ended = ends(service, within=2)
    record(name, load, service)
    return Seen(load.count("ok"), ended)


@explanation
def explain(seen: Seen) -> Iterator[str]:
    if seen.answered < REQUESTS:
        yield "answers"
    if not seen.ended:
        yield "ends"


@pytest.mark.control
def test_control(untouched: Path, path: str) -> None:
    """The untouched service answers nothing."""
    seen = attack(untouched, "untouched", path)

    expect.equal(seen.answered, 0, "answers", done=f"{REQUESTS} requests")


@pytest.fixture(scope="module")
def seen(attempt: Path, path: str) -> Seen:
    return attack(attempt, "yours", path)


def test_answers(seen: Seen, path: str) -> None:
    """Every request is answered."""
    done = f"{REQUESTS} requests to {path}"
    expect.equal(seen.answered, REQUESTS, "answers", done=done, hint=explain(seen))


def test_ends(seen: Seen) -> None:
    """SIGTERM ends it."""
    expect(
        seen.ended,
        done="SIGTERM",
        expected="it ends",
        seen="it ended" if seen.ended else "it still ran",
        hint=explain(seen),
    )
