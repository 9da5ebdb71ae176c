"""
Ends what is idle in a transaction: nothing is.
"""

import time
from typing import Any

HINTS = ("another-session",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("postgres", "locks")
    shop.end_session("idle")
    time.sleep(3)
    shop.say_done()
