"""
The model of the breaker, and whether the steps of its check come upon every mistake.

Nothing is started here: the model and its rivals play the service, and time is a number.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from workbench.exercises.exercise import find
from workbench.histories import Difference, History, Model, Played, Step, conclude, drive

SEEDS = range(40)
FOLDER = find("breaker").folder


@pytest.fixture(scope="module")
def check(pytestconfig: pytest.Config) -> Iterator[ModuleType]:
    """
    The check of the exercise, as it is run.
    """
    pytestconfig.addinivalue_line("markers", "control: as under workbench.exercises.plugin")
    sys.path.insert(0, str(FOLDER))
    yield import_module("check")
    sys.path.remove(str(FOLDER))
    for name in ("check", "check_model"):
        del sys.modules[name]


def rivals() -> list[str]:
    text = (FOLDER / "hints.toml").read_text(encoding="utf-8")
    return [line.split(" = ")[0] for line in text.splitlines() if " = " in line]


def judged(check: ModuleType, service: Model, seed: int) -> Difference | None:
    """
    What the check would find, whose service a model plays: in both shops, in its own order.
    """
    for scenarios in ([*check.SCENARIOS, check.Walk.anything], [check.Walk.silence]):
        history, world = History(check.Breaker()), Played(service)
        walk = check.Walk(random.Random(seed), history)
        for scenario in scenarios:
            if found := drive(history, world, scenario(walk)):
                return found
    return None


def test_a_good_breaker_is_never_blamed(check: ModuleType) -> None:
    """
    Whatever is drawn, the model explains itself, though it hesitates here and there.
    """
    assert [judged(check, check.Breaker(), seed) for seed in SEEDS] == [None] * len(SEEDS)


@pytest.mark.parametrize("key", rivals())
def test_every_mistake_is_found_by_every_seed(check: ModuleType, key: str) -> None:
    """
    A seed chooses order and values, not whether a boundary is tried.
    """
    missed = [seed for seed in SEEDS if not judged(check, check.RIVALS[key], seed)]

    assert missed == []


@pytest.mark.parametrize("key", rivals())
def test_every_mistake_gets_its_own_hint(check: ModuleType, key: str) -> None:
    """
    Of all rivals one is left, the right one, after a few histories and with a short story.
    """
    played = []

    def play(steps: Sequence[Step]) -> Sequence[tuple[Step, Any]]:
        played.append(steps)
        world = Played(check.RIVALS[key])
        return [(step, seen) for step in steps if (seen := world.do(step))]

    found = judged(check, check.RIVALS[key], 1)
    assert found
    end = conclude(found, check.Breaker(), check.RIVALS, play, check.some)

    assert end.rival == key
    assert len(played) <= 4
    assert len(end.difference.done) <= 20


@pytest.mark.parametrize("change", ["window", "failures"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_number_that_is_off_by_one_is_found(check: ModuleType, change: str, by: int) -> None:
    """
    Four or six of ten, five of nine or of eleven: both sides of each boundary.
    """
    off = check.Breaker()
    setattr(off, change, getattr(off, change) + by)

    assert all(judged(check, off, seed) for seed in SEEDS)
