"""
Drains an instance that errs; the other is moved as before.
"""

import time
from typing import Any

HINTS = ("drained-by-hand",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.drain("api-1")
    time.sleep(3)
    shop.say_done()
