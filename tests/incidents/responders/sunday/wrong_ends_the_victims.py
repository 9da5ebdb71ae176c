"""
Ends the sessions of those who wait.
"""

import time
from typing import Any

HINTS = ("another-session",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("postgres", "locks")
    for _ in range(3):
        for session in shop.sessions():
            if session["application"].startswith("api-"):
                shop.end_session(session["session"])
        time.sleep(1)
    shop.say_done()
