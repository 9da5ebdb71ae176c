"""
The board in a browser: what it is told, and its program beside it.
"""

from pathlib import Path

import anywidget
from traitlets import Dict, Unicode

from .look import LOOKS

HERE = Path(__file__).parent


class BoardView(anywidget.AnyWidget):
    """
    A line of the process is sent as a message, as is a move: neither is held back by the other.
    """

    _esm = HERE / "_board.js"
    _css = HERE / "_board.css"
    levers = Dict().tag(sync=True)
    shown = Dict().tag(sync=True)
    words = Unicode().tag(sync=True)
    looks = Dict(LOOKS).tag(sync=True)  # of the outcomes: colour, and mark
    phase = Unicode("script").tag(sync=True)  # then "yours", then "over"
    status = Unicode().tag(sync=True)
