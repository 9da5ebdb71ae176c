"""
Restarts all instances at once: now users have something to complain of.
"""

import time
from typing import Any

HINTS = ("changed-what-worked",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.restart("all")
    time.sleep(3)
    shop.say_done()
