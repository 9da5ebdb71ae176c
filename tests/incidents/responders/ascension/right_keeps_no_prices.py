"""
Reads the refusal, and lets the API keep no price list.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    assert any("price-list" in line for line in shop.logs("api-1", "payments: it answered 409"))
    shop.ack("api", "stale data")
    shop.set("keep_prices", "off")
    time.sleep(3)
    shop.say_done()
