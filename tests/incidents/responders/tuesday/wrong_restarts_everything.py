"""
Restarts all instances at once: new pools, empty for eight seconds.
"""

import time
from typing import Any

HINTS = ("all-at-once",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "leaked connections")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
