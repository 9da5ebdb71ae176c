"""
Turns orders away until payments has caught up, bounds the retries, and lets all in again.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "retry storm")
    shop.shed("orders", 1)
    shop.set("payments_retry_budget", 0.1)
    time.sleep(8)  # a full line: 360 charges, 48 a second
    shop.shed("orders", 0.5)
    time.sleep(2)
    shop.shed("orders", 0)
    time.sleep(2)
    shop.say_done()
