"""
The line of progress: what it shows, and that nothing of it stays.
"""

import time

import pytest

from workbench._progress import COLUMNS, LEVELS, LOW, QUIET, WIDTH, Progress, sparkline


def test_a_sparkline_has_the_worst_of_each_share():
    """
    However many there are, one slow answer among fast ones is seen, and stands where it came.
    """
    assert sparkline([0.0] * 90 + [5.0] + [0.0] * 9) == 18 * LEVELS[0] + LEVELS[-1] + LEVELS[0]
    assert len(sparkline([1.0] * 1001)) <= COLUMNS
    assert sparkline([]) == ""


def test_what_nobody_waits_for_is_low():
    """
    Answers that are all as fast are not drawn as if they were all slow.
    """
    assert sparkline([LOW / 100] * 3) == 3 * LEVELS[0]
    assert sparkline([LOW / 100, 2 * LOW]) == LEVELS[0] + LEVELS[-1]


@pytest.mark.parametrize(
    ("seconds", "drawn"), [((), f"{10 * '█'}{10 * '░'}"), ((0.0, 1.0), "▁█")]
)
def test_the_line(seconds, drawn, monkeypatch, capsys):
    """
    1. What takes long is half over, and shows how far it is.
    2. It ends.

    Result: a bar, or a line of what each thing took; the seconds; what matters; then blanks.
    """
    now = time.monotonic()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("time.monotonic", lambda: now)
    with Progress(2 * QUIET + 0.01) as progress:
        monkeypatch.setattr("time.monotonic", lambda: now + QUIET - 0.01)
        progress.show("too early", seconds)
        monkeypatch.setattr("time.monotonic", lambda: now + QUIET + 0.01)
        progress.show("3 of 8 failed", seconds)

    line = f"{drawn}   2 s · 3 of 8 failed"
    assert capsys.readouterr().out == f"\r{line:{WIDTH}}\r\r{'':{WIDTH}}\r"
