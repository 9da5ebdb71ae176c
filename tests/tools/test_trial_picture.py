"""
The picture of a trial: what is kept, and what is drawn anew.
"""

import pytest

from tools.trial_picture import drawn, lines_of, same

PAGE = ["$ course trial", "", "PROBLEMS (1)", " 1 SIGTERM: 12 lost <&>", "   Expected: none."]


def test_a_picture_has_its_lines() -> None:
    """
    What was drawn is read again, to the last blank.
    """
    assert lines_of(drawn(PAGE)) == PAGE


@pytest.mark.parametrize(
    ("old", "new", "says_the_same"),
    [
        ("ready after 0.63 s", "ready after 1.2 s", True),
        ("ended after 43 ms", "ended after < 1 ms", True),
        ("12 lost", "9 lost", True),
        ("12 requests in\n   flight", "9 requests in flight", True),
        ("12 lost", "all answered", False),
        ("12 lost", "12 cut off", False),
    ],
)
def test_what_says_the_same(old: str, new: str, says_the_same: bool) -> None:
    """
    Another number, and a line that breaks elsewhere, is no news.
    """
    assert same(old.splitlines(), new.splitlines()) == says_the_same
