"""
The model of the breaker, and whether the steps of its check come upon every mistake.

Nothing is started here: rivals of the model play the service, and time is a number.
"""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from workbench.exercises.exercise import find
from workbench.histories import History, Played, conclude, difference, drive, story

SEEDS = range(40)


@pytest.fixture(scope="module")
def check() -> Iterator[ModuleType]:
    """
    The check of the exercise, as it is run.
    """
    folder = str(find("breaker").folder)
    sys.path.insert(0, folder)
    yield import_module("check")
    sys.path.remove(folder)
    for name in ("check", "model"):
        del sys.modules[name]


def go(check: ModuleType, played: Any, seed: int, timeout: str = "patient") -> Any:
    """
    All scenarios of a check, in its order, by a model that plays the service.
    """
    world, history = Played(played), History(check.Breaker())
    walk = check.Walk(random.Random(seed), history)
    scenarios = [*check.SCENARIOS, check.Walk.anything] if timeout == "patient" else [check.Walk.silence]
    for scenario in scenarios:
        if found := drive(history, world, scenario(walk)):
            return found
    return None
