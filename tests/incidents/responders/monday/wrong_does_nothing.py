"""
Sleeps through the page.
"""

from typing import Any

HINTS = ("waited",)


def respond(shop: Any) -> None:
    shop.wait_page()
