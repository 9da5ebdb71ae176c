"""
Rolls back what was deployed last.
"""

import time
from typing import Any

HINTS = ("innocent",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("balancer", "bad configuration")
    shop.roll_back("balancer")
    time.sleep(3)
    shop.say_done()
