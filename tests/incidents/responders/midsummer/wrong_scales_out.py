"""
Starts two more instances.
"""

import time
from typing import Any

HINTS = ("back-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "overload")
    shop.scale(4)
    time.sleep(3)
    shop.say_done()
