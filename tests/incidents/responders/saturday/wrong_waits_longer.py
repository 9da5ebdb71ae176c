"""
Gives payments more time to answer.
"""

import time
from typing import Any

HINTS = ("longer-for-nothing",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.set("payments_timeout", 2)
    time.sleep(4)
    shop.say_done()
