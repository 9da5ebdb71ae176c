"""
Repairs it, and takes it for something else.
"""

import time
from typing import Any

HINTS = ("misnamed",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("postgres", "locks")
    shop.keys("database")
    time.sleep(3)
    shop.say_done()
