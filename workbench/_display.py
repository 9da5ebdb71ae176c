"""
What a cell shows beside its plots: one bundle for every front end.
"""

from collections.abc import Mapping
from typing import Any

# The metadata of an output that is the same for everybody. Where a notebook is opened without
# what was measured, such an output stays.
FIXED = {"course": "fixed"}
# Names a widget, which lives in a kernel: never stored.
VIEW = "application/vnd.jupyter.widget-view+json"

# Grounds on which the text of a theme, light or dark, can be read. A theme's own colours cannot
# be had: in a notebook that is not trusted, JupyterLab drops every `var(…)`.
GREEN, RED = "rgba(46,160,67,0.22)", "rgba(248,81,73,0.20)"
YELLOW, BLUE = "rgba(210,153,34,0.22)", "rgba(56,139,253,0.20)"


def show_bundle(bundle: Mapping[str, Any], *, fixed: bool, name: str = "") -> None:
    """
    Show one thing in several forms, of which each front end takes the best that it knows.

    Args:
        bundle: Mime types, and the content in each; `text/plain` is one of them.
        fixed: Whether it is the same in every run and for every reader.
        name: What `replace_bundle()` calls it.
    """
    from IPython.display import display  # noqa: PLC0415, not in the process of a check

    metadata = FIXED if fixed else {}
    display(  # type: ignore[no-untyped-call]
        dict(bundle), raw=True, metadata=metadata, display_id=name or None
    )


def replace_bundle(bundle: Mapping[str, Any], *, fixed: bool, name: str) -> None:
    """
    Put another bundle where the one of that name is shown.
    """
    from IPython.display import update_display  # noqa: PLC0415, as above

    metadata = FIXED if fixed else {}
    update_display(  # type: ignore[no-untyped-call]
        dict(bundle), raw=True, metadata=metadata, display_id=name
    )


def say(markdown: str, *, fixed: bool) -> None:
    """
    Show Markdown; see `show_bundle()`.
    """
    show_bundle({"text/markdown": markdown, "text/plain": markdown}, fixed=fixed)
