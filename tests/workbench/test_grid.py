"""
plot_grid: a table that is seen, and said in words.
"""

import pytest

from workbench import plot_grid
from workbench._grid import NEUTRAL, _colour
from workbench.look import LOOKS

ROWS = {
    "request in flight": {"SIGTERM": "✓ kept", "SIGKILL": "✗ lost"},
    "idle connection": {"SIGTERM": "closed"},
}


@pytest.fixture
def displayed(monkeypatch):
    """
    What a notebook would get to display, kind by kind.
    """
    data: dict[str, object] = {}
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: data.update(bundle))
    return data


def test_picture(displayed):
    """
    A table is displayed as a PNG.
    """
    plot_grid(ROWS, title="What is lost", caption="two signals")

    assert displayed["image/png"].startswith(b"\x89PNG")


def test_words(displayed):
    """
    Its twin says the finding and every cell; a row without an answer for a column says less.
    """
    plot_grid(ROWS, title="What is lost")

    assert displayed["text/plain"].splitlines() == [
        "The plot in words. What is lost",
        "  request in flight: SIGTERM: ✓ kept, SIGKILL: ✗ lost",
        "  idle connection: SIGTERM: closed",
    ]


def test_dollars(displayed):
    """
    A dollar in a cell is a dollar, not the beginning of a formula.
    """
    plot_grid({"password": {"as read": "✗ pa$$word"}}, title="What is read")

    assert displayed["image/png"]


@pytest.mark.parametrize(
    ("words", "colour"),
    [("✓ kept", LOOKS["ok"].colour), ("✗ lost", LOOKS["refused"].colour), ("closed", NEUTRAL)],
)
def test_colours(words, colour):
    """
    Good is as green as an answered request, bad as red as a refused one, the rest is grey.
    """
    assert _colour(words) == colour
