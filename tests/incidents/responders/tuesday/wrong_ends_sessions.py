"""
Ends the sessions in the database: the places in the pools stay taken.
"""

import time
from typing import Any

HINTS = ("other-end",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "leaked connections")
    for _ in range(3):
        shop.end_session("idle")
        time.sleep(2)
    shop.say_done()
