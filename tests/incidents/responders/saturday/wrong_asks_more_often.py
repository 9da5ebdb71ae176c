"""
Gives each order more attempts.
"""

import time
from typing import Any

HINTS = ("more-of-nothing",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.set("payments_attempts", 6)
    time.sleep(4)
    shop.say_done()
