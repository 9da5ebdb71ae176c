"""
Turns half of those away who ask.
"""

import time
from typing import Any

HINTS = ("shut-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "stampede")
    shop.shed("stock", 0.5)
    time.sleep(3)
    shop.say_done()
