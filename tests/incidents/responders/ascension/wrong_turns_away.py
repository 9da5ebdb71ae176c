"""
Turns the orders away.
"""

import time
from typing import Any

HINTS = ("shut-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "stale data")
    shop.shed("orders", 1)
    time.sleep(3)
    shop.say_done()
