"""
Restarts the instance that errs.
"""

import time
from typing import Any

HINTS = ("told-the-same",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad configuration")
    shop.drain("api-2")
    shop.restart("api-2")
    shop.undrain("api-2")
    time.sleep(3)
    shop.say_done()
