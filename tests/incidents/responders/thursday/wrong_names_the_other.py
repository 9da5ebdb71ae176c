"""
Rolls it back, and thinks that Redis was at fault.
"""

import time
from typing import Any

HINTS = ("misnamed",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("redis", "hangs")
    shop.roll_back("api")
    time.sleep(4)
    shop.say_done()
