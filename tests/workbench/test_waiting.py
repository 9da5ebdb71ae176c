"""
Waiting: for an event, with a bound that follows the machine.
"""

import time

import pytest

from workbench import _waiting, wait_until


def test_it_ends_with_what_is_awaited() -> None:
    """
    It is over as soon as the condition is true, which need not be a bool.
    """
    seen: list[int] = []

    assert wait_until(lambda: seen.append(1) or seen[2:], 60, every=0.001) is True
    assert seen == [1, 1, 1]


def test_it_gives_up() -> None:
    """
    What does not come true is waited for so long, and not longer.
    """
    began = time.monotonic()

    assert wait_until(lambda: "", 0.2) is False
    assert 0.2 < time.monotonic() - began < 20


def test_patience_follows_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    On a machine that is three times slower it waits three times as long.
    """
    monkeypatch.setattr(_waiting, "patience", lambda _since: 3)
    began = time.monotonic()

    assert wait_until(lambda: time.monotonic() - began > 0.4, 0.2)
    assert not wait_until(lambda: False, 0.1)
    assert time.monotonic() - began > 0.7
