"""
Rolls the API back with all care: nobody has lost anything, and nobody has found anything.
"""

from typing import Any

HINTS = ("changed-what-worked",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.roll_back("api")
    shop.say_done()
