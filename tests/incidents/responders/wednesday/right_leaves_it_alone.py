"""
Reads who gets the errors, and lets them.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    time.sleep(2)
    errors = shop.logs("balancer", '"status": 404', last=100)
    assert errors
    assert all('"route": "other"' in line for line in errors)
    shop.ack("users", "false page")
    shop.say_done()
