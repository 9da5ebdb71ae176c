"""
Reads what the deployment has changed, and switches that off.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    assert "memo" in repr(shop.difference("api"))
    shop.set("memo", "off")
    shop.ack("api", "bad release")
    time.sleep(4)
    shop.say_done()
