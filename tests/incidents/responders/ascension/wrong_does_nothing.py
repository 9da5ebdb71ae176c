"""
Sleeps through the page.
"""

from typing import Any

HINTS = ("nobody-came",)


def respond(shop: Any) -> None:
    shop.wait_page()
