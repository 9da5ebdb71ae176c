"""
Finds who errs, sends it nothing more, and starts another in its place.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    rates = shop.metrics(3)["balancer"]["rates"]
    bad = max(("api-1", "api-2"), key=lambda name: rates.get(f"5xx.{name}", 0))
    shop.ack("api", "bad configuration")
    shop.drain(bad)
    shop.scale(3)
    time.sleep(4)
    shop.say_done()
