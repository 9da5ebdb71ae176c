"""
Leaves it alone, and thinks that payments is at fault.
"""

from typing import Any

HINTS = ("misnamed",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.say_done()
