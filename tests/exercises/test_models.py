"""
The models of the checks, and whether the steps of a check come upon every mistake.

Nothing is started here: a model and its rivals play the service, and time is a number.
"""

import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from workbench.exercises.exercise import exercises, find
from workbench.histories import Difference, History, Model, Played, Step, conclude, drive

SEEDS = range(12)
WITH_A_MODEL = [each for each in exercises() if (each.folder / "check_model.py").exists()]
RIVALS = [
    (each.name, key)
    for each in WITH_A_MODEL
    for key in tomllib.loads((each.folder / "hints.toml").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def check(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """
    The check of an exercise, as it is run.
    """
    pytestconfig.addinivalue_line("markers", "control: as under workbench.exercises.plugin")
    folder = str(find(request.param).folder)
    sys.path.insert(0, folder)
    yield import_module("check")
    sys.path.remove(folder)
    for name in ("check", "check_model"):
        del sys.modules[name]


of_every_exercise = pytest.mark.parametrize(
    "check", [each.name for each in WITH_A_MODEL], indirect=True
)
of_every_rival = pytest.mark.parametrize(("check", "key"), RIVALS, indirect=["check"])


def judged(check: ModuleType, service: Model, seed: int) -> Difference | None:
    """
    What the check would find, whose service a model plays, in its own order.
    """
    for scenarios in check.SHOPS:
        history, world = History(check.MODEL), Played(service)
        walk = check.Walk(random.Random(seed), history)
        for scenario in scenarios:
            if found := drive(history, world, scenario(walk)):
                return found
    return None


@of_every_exercise
def test_a_good_service_is_never_blamed(check: ModuleType) -> None:
    """
    Whatever is drawn, the model explains itself, though it hesitates here and there.
    """
    assert [judged(check, check.MODEL, seed) for seed in SEEDS] == [None] * len(SEEDS)


@of_every_rival
def test_every_mistake_is_found_by_every_seed(check: ModuleType, key: str) -> None:
    """
    A seed chooses order and values, not whether a boundary is tried.
    """
    missed = [seed for seed in SEEDS if not judged(check, check.RIVALS[key], seed)]

    assert missed == []


@of_every_rival
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
    end = conclude(found, check.MODEL, check.RIVALS, play, check.some)

    assert end.rival == key
    assert len(played) <= 5
    assert len(end.difference.done) <= 25


@pytest.mark.parametrize("check", ["breaker"], indirect=True)
@pytest.mark.parametrize("change", ["window", "failures"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_number_that_is_off_by_one_is_found(check: ModuleType, change: str, by: int) -> None:
    """
    Four or six of ten, five of nine or of eleven: both sides of each boundary.
    """
    off = type(check.MODEL)()
    setattr(off, change, getattr(off, change) + by)

    assert all(judged(check, off, seed) for seed in SEEDS)
