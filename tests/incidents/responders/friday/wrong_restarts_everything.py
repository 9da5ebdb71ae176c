"""
Restarts all instances at once, and each is told what it was told before.
"""

import time
from typing import Any

HINTS = ("told-the-same",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad configuration")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
