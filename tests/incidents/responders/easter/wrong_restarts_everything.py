"""
Restarts all instances at once: none of them starts.
"""

from contextlib import suppress
from typing import Any

from workbench.errors import WorkbenchError

HINTS = ("the-same-file",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "leaked connections")
    with suppress(WorkbenchError):
        shop.restart("all")
    shop.say_done()
