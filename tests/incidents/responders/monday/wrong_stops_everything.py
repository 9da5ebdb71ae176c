"""
Scales to no instance: payments has never been calmer.
"""

import time
from typing import Any

HINTS = ("nobody-left",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "retry storm")
    shop.scale(0)
    time.sleep(3)
    shop.say_done()
