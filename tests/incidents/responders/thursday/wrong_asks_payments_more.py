"""
Thinks that orders fail, without looking which requests do.
"""

import time
from typing import Any

HINTS = ("innocent",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.set("payments_attempts", 5)
    time.sleep(4)
    shop.say_done()
