"""
Reads what payments answers, and gives the instances the newest key.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    assert any("unknown key" in line for line in shop.logs("api-1", "payments: it answered"))
    shop.ack("payments", "wrong credentials")
    shop.keys("payments")
    time.sleep(3)
    shop.say_done()
