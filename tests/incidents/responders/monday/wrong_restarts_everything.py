"""
Restarts all instances at once: the silence empties the line, and the next pause fills it.
"""

import time
from typing import Any

HINTS = ("all-at-once",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
