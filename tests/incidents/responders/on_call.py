"""
One program for whatever happens: it reads, decides, pulls a lever, and looks whether it helped.
"""

import time
from typing import Any

CALM = 4.0  # seconds without complaints, before it says that it is done
PATIENCE = 60.0


def respond(shop: Any) -> None:
    shop.wait_page()
    tried: set[str] = set()
    calm_since = None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = shop.metrics(3)
        if seen["users"]["bad"] < 0.02 * seen["users"]["requests"]:
            calm_since = calm_since or time.monotonic()
            if time.monotonic() - calm_since > CALM:
                break
        else:
            calm_since = None
            act(shop, seen, tried)
        time.sleep(0.5)
    if not tried:
        shop.ack("users", "false page")
    shop.say_done()


def act(shop: Any, seen: Any, tried: set[str]) -> None:
    instances = [seen[name] for name in seen if name.startswith("api-") and seen[name]]
    rates = [one["rates"] for one in instances]
    settings = instances[0]["settings"] if instances else {}
    attempts = sum(rate.get("payments.attempts", 0) for rate in rates)
    unanswered = sum(rate.get("payments.unanswered", 0) for rate in rates)
    orders = sum(
        rate for key, rate in seen["balancer"]["rates"].items() if "requests.orders" in key
    )
    if leaks(seen, settings) and "leak" not in tried:
        tried.add("leak")
        shop.ack("api", "leaked connections")
        shop.roll_back("api")
    elif attempts > 2 * orders and unanswered > 0.7 * attempts and "storm" not in tried:
        tried.add("storm")
        shop.ack("api", "retry storm")
        shop.set("payments_attempts", 1)


def leaks(seen: Any, settings: Any) -> bool:
    """
    Whether a session has been idle in a transaction for longer than an order can wait.
    """
    longest = settings["payments_attempts"] * settings["payments_timeout"]
    postgres = seen["postgres"] or {}
    return bool(postgres.get("oldest_idle", 0) > longest + 1.5)
