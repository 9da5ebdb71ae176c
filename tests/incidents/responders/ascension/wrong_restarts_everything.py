"""
Restarts all instances at once.
"""

import time
from typing import Any

HINTS = ("until-the-next",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "stale data")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
