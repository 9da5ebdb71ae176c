"""
Knows that the cause is over, and waits for the rest to go by itself.
"""

import time
from typing import Any

HINTS = ("waited",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "retry storm")
    time.sleep(12)
    shop.say_done()
