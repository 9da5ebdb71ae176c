"""
Rolls back what was deployed just before.
"""

import time
from typing import Any

HINTS = ("innocent",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("api", "bad release")
    shop.roll_back("api")
    time.sleep(3)
    shop.say_done()
