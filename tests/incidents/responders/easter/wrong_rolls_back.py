"""
Rolls the API back.
"""

from contextlib import suppress
from typing import Any

from workbench.errors import WorkbenchError

HINTS = ("older-code",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    with suppress(WorkbenchError):
        shop.roll_back("api")
    shop.say_done()
