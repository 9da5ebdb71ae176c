"""
Gives each order more attempts, so that one of them gets through.
"""

import time
from typing import Any

HINTS = ("more-retries",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.set("payments_attempts", 10)
    time.sleep(5)
    shop.say_done()
