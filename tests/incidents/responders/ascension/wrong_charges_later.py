"""
Takes the orders, to be charged at night.
"""

import time
from typing import Any

HINTS = ("tonight",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "bad release")
    shop.set("charge_later", "on")
    time.sleep(3)
    shop.say_done()
