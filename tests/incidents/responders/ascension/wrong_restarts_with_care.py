"""
Replaces one instance after the other: well until the next list.
"""

import time
from typing import Any

HINTS = ("until-the-next",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "stale data")
    for name in ("api-1", "api-2"):
        shop.drain(name)
        shop.restart(name)
        shop.undrain(name)
    time.sleep(3)
    shop.say_done()
