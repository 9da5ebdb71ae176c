"""
Starts two more instances: two more pools that run empty.
"""

import time
from typing import Any

HINTS = ("more-pools",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "overload")
    shop.scale(4)
    time.sleep(3)
    shop.say_done()
