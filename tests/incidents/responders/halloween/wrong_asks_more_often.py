"""
Asks six times.
"""

import time
from typing import Any

HINTS = ("asked-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.set("payments_attempts", 6)
    time.sleep(3)
    shop.say_done()
