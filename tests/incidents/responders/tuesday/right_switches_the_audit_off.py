"""
Switches off what takes the connections, and replaces the instances one after the other.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("postgres", "leaked connections")
    shop.set("audit", "off")
    for name in ("api-1", "api-2"):
        shop.drain(name)
        shop.restart(name)
        shop.undrain(name)
    time.sleep(2)
    shop.say_done()
