"""
Restarts one after the other, drained: nobody is cut off, and they are well, for seconds.
"""

from typing import Any

HINTS = ("young-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    for name in ("api-1", "api-2"):
        shop.drain(name)
        shop.restart(name)
        shop.undrain(name)
    shop.say_done()
