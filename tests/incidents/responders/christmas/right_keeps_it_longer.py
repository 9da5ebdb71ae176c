"""
Lets an answer of the warehouse be good for a minute.
"""

import time
from typing import Any


def respond(shop: Any) -> None:
    shop.wait_page()
    while len([each for each in shop.sessions() if "FROM stock" in each["query"]]) < 2:
        time.sleep(0.1)  # they come in waves
    shop.ack("redis", "stampede")
    shop.set("stock_fresh", 60)
    time.sleep(3)
    shop.say_done()
