"""
Turns orders away while it looks, then takes them to be charged later.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.shed("orders", 1)
    assert all("payments" in line for line in shop.logs("api-1", '"level": "error"'))
    shop.ack("payments", "hangs")
    shop.set("charge_later", "on")
    shop.shed("orders", 0)
    time.sleep(3)
    shop.say_done()
