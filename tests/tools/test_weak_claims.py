"""
Which claims are listed as such that may hold although nothing has happened.
"""

import pytest

from tools.weak_claims import NONE, ONLY, ZERO, claims, weak


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("claim(steps < 80, 'few')", [ZERO]),
        ("claim(80 >= steps, 'few')", [ZERO]),
        ("claim(slow < quick / 2, 'half')", [ZERO]),
        ("claim(20 < steps < 80, 'few')", []),
        ("claim(steps > 20 and steps < 80, 'few')", []),
        ("claim(steps > 20, 'many')", []),
        ("claim(lost == 0, 'none lost')", [NONE]),
        ("claim(not lost, 'none lost')", [NONE]),
        ("claim('lost' not in log, 'none lost')", [NONE]),
        ("%time run()\nclaim(lost == [], 'none lost')", [NONE]),
        ("claim(lost == 0, 'none lost')\nclaim(sent == 9, 'nine sent')", []),
        ("claim(lost == 0 and sent == 9, 'none of nine lost')", []),
        ("claim(lost == 0, 'none lost')\nclaim(late < 5, 'few late')", [NONE, ZERO]),
        ("claim(pool == 5, 'only the pool is larger')", [ONLY]),
        ("claim(sent == 9, f'only {pool}')", [ONLY]),
        ("print('only')\ndisclaim(lost == 0, 'only')", []),
    ],
)
def test_a_cell(cell: str, kinds: list[str]) -> None:
    """
    What holds if nothing has happened is listed, unless the cell shows that something has.
    """
    assert [kind for kind, _ in weak(claims(cell))] == kinds
