"""
Turns orders away, and is done.
"""

import time
from typing import Any

HINTS = ("shut-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "retry storm")
    shop.set("payments_attempts", 1)
    shop.shed("orders", 1)
    time.sleep(5)
    shop.say_done()
