"""
Ends the one that all wait for directly: the migration, which may come back at night.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    assert any(session["application"] == "monthly-report" for session in shop.sessions())
    shop.ack("postgres", "locks")
    while not (
        found := [s["session"] for s in shop.sessions() if s["application"] == "migration"]
    ):
        time.sleep(0.1)
    shop.end_session(found[0])
    time.sleep(4)
    shop.say_done()
