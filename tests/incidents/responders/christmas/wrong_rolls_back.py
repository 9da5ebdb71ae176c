"""
Rolls the API back, to a release that asks for each item.
"""

import time
from typing import Any

HINTS = ("one-by-one",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.roll_back("api")
    time.sleep(3)
    shop.say_done()
