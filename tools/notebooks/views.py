"""
Widgets live in a kernel; what is stored of them is only what other front ends show.
"""

from collections.abc import Iterable
from typing import Any

VIEW = "application/vnd.jupyter.widget-view+json"


def drop_views(cells: Iterable[dict[str, Any]]) -> None:
    """
    Drop the views of widgets, which no kernel knows any more when a notebook is opened again.
    """
    for cell in cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(VIEW, None)
