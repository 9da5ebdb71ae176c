"""
Turns orders away, and is done.
"""

import time
from typing import Any

HINTS = ("shut-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.shed("orders", 1)
    time.sleep(4)
    shop.say_done()
