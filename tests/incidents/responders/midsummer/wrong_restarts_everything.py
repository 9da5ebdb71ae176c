"""
Restarts all instances at once: all are young.
"""

import time
from typing import Any

HINTS = ("young-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
