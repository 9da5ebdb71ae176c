"""
What a cell shows beside its plots: one bundle for every front end.
"""

from collections.abc import Mapping
from typing import Any

# The metadata of an output that is the same for everybody. Where a notebook is opened without
# what was measured, such an output stays.
FIXED = {"course": "fixed"}

# Grounds on which the text of a theme, light or dark, can be read. A theme's own colours cannot
# be had: in a notebook that is not trusted, JupyterLab drops every `var(…)`.
GREEN, RED = "rgba(46,160,67,0.22)", "rgba(248,81,73,0.20)"
YELLOW, BLUE = "rgba(210,153,34,0.22)", "rgba(56,139,253,0.20)"


def show_bundle(bundle: Mapping[str, Any], *, fixed: bool) -> None:
    """
    Show one thing in several forms, of which each front end takes the best that it knows.

    Args:
        bundle: Mime types, and the content in each; `text/plain` is one of them.
        fixed: Whether it is the same in every run and for every reader.
    """
    from IPython.display import display  # noqa: PLC0415, not in the process of a check

    metadata = FIXED if fixed else {}
    display(dict(bundle), raw=True, metadata=metadata)  # type: ignore[no-untyped-call]


def say(markdown: str, *, fixed: bool) -> None:
    """
    Show Markdown; see `show_bundle()`.
    """
    show_bundle({"text/markdown": markdown, "text/plain": markdown}, fixed=fixed)
