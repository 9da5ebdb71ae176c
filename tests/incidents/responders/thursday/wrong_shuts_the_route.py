"""
Turns away whoever asks for the stock, and is done.
"""

import time
from typing import Any

HINTS = ("shut-out",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.shed("stock", 1)
    time.sleep(4)
    shop.say_done()
