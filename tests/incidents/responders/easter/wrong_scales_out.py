"""
Starts another instance, which logs in with the same.
"""

from contextlib import suppress
from typing import Any

from workbench.errors import WorkbenchError

HINTS = ("the-same-file",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "overload")
    with suppress(WorkbenchError):
        shop.scale(3)
    shop.say_done()
