"""
Takes the refusal for one of the key.
"""

import time
from typing import Any

HINTS = ("not-the-key",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "wrong credentials")
    shop.keys("payments")
    time.sleep(3)
    shop.say_done()
