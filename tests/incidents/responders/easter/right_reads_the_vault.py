"""
Compares who has which version, and gives the instances the newest.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    refused = shop.logs("api-1", "authentication failed") or shop.logs(
        "api-2", "authentication failed"
    )
    assert refused
    (stale,) = [row["secret"] for row in shop.secrets() if row["newest"] != row["instances"]]
    shop.ack("api", "wrong credentials")
    shop.keys(stale)
    time.sleep(3)
    shop.say_done()
