"""
Tells the release what it asks for, at once.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    assert shop.logs("api-1", "KeyError") or shop.logs("api-2", "KeyError")
    shop.ack("api", "bad release")
    shop.set("terms", "known")
    time.sleep(3)
    shop.say_done()
