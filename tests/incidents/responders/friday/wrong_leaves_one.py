"""
Drains the instance that errs, and goes home with the other one.
"""

import time
from typing import Any

HINTS = ("still-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad configuration")
    shop.drain("api-2")
    time.sleep(4)
    shop.say_done()
