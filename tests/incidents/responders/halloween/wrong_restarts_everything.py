"""
Restarts all instances at once.
"""

import time
from typing import Any

HINTS = ("the-same-key",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "wrong credentials")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
