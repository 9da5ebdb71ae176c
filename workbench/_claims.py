"""
What a notebook states, and how it marks what differs from machine to machine.
"""

from .errors import ClaimFailed

_NOTHING = object()


def claim(condition: object, text: str, *, seen: object = _NOTHING) -> None:
    """
    Print `✓ text`, or fail the cell with what was seen instead.

    Args:
        condition: Anything; its truth is the claim.
        text: The claim as a sentence that holds on every machine: an order, a count, a state.
        seen: The value that decides it, shown when the claim fails.

    Raises:
        ClaimFailed: The condition is false.
    """
    if condition:
        print(f"✓ {text}")
        return
    msg = f"✗ not so here: {text}"
    if seen is not _NOTHING:
        msg += f"\n  seen: {seen!r}"
    raise ClaimFailed(msg)


def measured(value: float, unit: str = "") -> str:
    """
    Mark a number that will be different on another machine: `≈ 12.3 ms`.

    Three significant digits; `≈` is the one mark that the comparison of outputs ignores.
    """
    digits = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"≈ {digits} {unit}".rstrip()
