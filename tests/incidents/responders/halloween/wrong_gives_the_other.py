"""
Gives them the newest version of the secret that nobody has changed.
"""

import time
from typing import Any

HINTS = ("back-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "wrong credentials")
    shop.keys("database")
    time.sleep(3)
    shop.say_done()
