"""
Write the picture of the README from the stored output of the notebook that it speaks of.
"""

import base64
from pathlib import Path

from tools import ROOT
from tools.notebooks import form

NAME = "1.1_what_gets_lost"
NOTEBOOK = ROOT / "chapters" / "01_graceful_shutdown" / NAME / f"{NAME}.ipynb"
PICTURE = ROOT / ".github" / "drops_and_drains.png"
TITLE = "The same signal: one service drops, the other drains"  # of the plot


def stored(notebook: Path = NOTEBOOK) -> bytes:
    """
    The picture as the notebook has it.
    """
    for cell in form.read(notebook).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data and TITLE in data["text/plain"]:
                return base64.b64decode(data["image/png"])
    msg = f"{notebook.name} has no plot with the title {TITLE!r}."
    raise LookupError(msg)


if __name__ == "__main__":
    PICTURE.write_bytes(stored())
