"""
Repairs it, and names all that there is to name.
"""

import time
from typing import Any

HINTS = ("many-names",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("payments", "hangs")
    shop.ack("payments", "overload")
    shop.ack("api", "retry storm")
    shop.set("payments_attempts", 1)
    time.sleep(12)
    shop.say_done()
