"""
Ends those that take long.
"""

import time
from contextlib import suppress
from typing import Any

from workbench.errors import WorkbenchError

HINTS = ("asked-again",)


def respond(shop: Any) -> None:
    shop.wait_page()
    shop.ack("postgres", "locks")
    while not (asking := [each for each in shop.sessions() if "FROM stock" in each["query"]]):
        time.sleep(0.1)  # they come in waves
    for session in asking:
        with suppress(WorkbenchError):  # it is over by itself
            shop.end_session(session["session"])
    time.sleep(3)
    shop.say_done()
