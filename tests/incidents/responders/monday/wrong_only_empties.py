"""
Turns orders away until the line is empty, lets them in again, and changes nothing else.
"""

import time
from typing import Any

HINTS = ("emptied-not-mended",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "retry storm")
    shop.shed("orders", 1)
    time.sleep(9)
    shop.shed("orders", 0.5)
    time.sleep(2)
    shop.shed("orders", 0)
    time.sleep(2)
    shop.say_done()
