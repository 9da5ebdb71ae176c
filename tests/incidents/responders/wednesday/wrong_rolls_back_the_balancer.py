"""
Rolls back what was deployed last.
"""

from typing import Any

HINTS = ("changed-what-worked",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("users", "false page")
    shop.roll_back("balancer")
    shop.say_done()
