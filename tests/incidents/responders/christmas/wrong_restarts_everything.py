"""
Restarts all instances at once.
"""

import time
from typing import Any

HINTS = ("all-at-once",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("redis", "stampede")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
