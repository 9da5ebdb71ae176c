"""
One program for whatever happens: it reads, decides, pulls a lever, and looks whether it helped.
"""

import time
from typing import Any

CALM = 4.0  # seconds without complaints, before it says that it is done
EFFECT = 15.0  # seconds that what was done may take to show
PATIENCE = 60.0


def respond(shop: Any) -> None:
    shop.wait_page()
    tried: set[str] = set()
    calm_since, acted = None, float("-inf")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = shop.metrics(3)
        if seen["users"]["bad"] < 0.02 * seen["users"]["requests"]:
            calm_since = calm_since or time.monotonic()
            if time.monotonic() - calm_since > CALM:
                break
        else:
            calm_since = None
            if time.monotonic() - acted > EFFECT and act(shop, seen, tried):
                acted = time.monotonic()
        time.sleep(0.5)
    if not tried:
        shop.ack("users", "false page")
    shop.say_done()


def act(shop: Any, seen: Any, tried: set[str]) -> bool:
    """
    Do what helps against the first thing that is so, once; whether anything was done.
    """
    api = {name: seen[name] for name in seen if name.startswith("api-") and seen[name]}
    if not api:
        return False
    secrets, sessions = shop.secrets(), shop.sessions()
    for what, is_so, do in (
        ("secrets", bool(stale(secrets)), give_the_newest),
        ("stampede", ask_alike(sessions), ask_for_all),
        ("locks", blocked(seen), end_who_blocks),
        ("settings", differing(api), make_them_alike),
        ("leak", leaks(seen, api), give_back),
        ("storm", storm(seen, api), ask_once),
        ("prices", refused(api), keep_nothing),
        ("hangs", silent(api), charge_later),
        ("release", errs(api), roll_back),
    ):
        if is_so and what not in tried:
            tried.add(what)
            do(shop, api)
            return True
    return False


def stale(secrets: Any) -> list[str]:
    """
    The secrets of which the instances have not the newest version.
    """
    return [row["secret"] for row in secrets if row["newest"] != row["instances"]]


def give_the_newest(shop: Any, api: Any) -> None:
    shop.ack("api", "wrong credentials")
    for secret in stale(shop.secrets()):
        shop.keys(secret)


def ask_alike(sessions: Any) -> bool:
    """
    Whether several sessions work on the same question, and none of them waits for another.
    """
    working = [
        row["query"]
        for row in sessions
        if row["state"] == "active" and not row["blocked_by"] and row["seconds"] > 0.1
    ]
    return len(working) - len(set(working)) >= 2


def ask_for_all(shop: Any, api: Any) -> None:
    shop.ack("postgres", "stampede")
    shop.set("stock_asks", "one")


def refused(api: Any) -> bool:
    return rate(api, "payments.refused") > 1


def keep_nothing(shop: Any, api: Any) -> None:
    shop.ack("api", "stale data")
    shop.set("keep_prices", "off")


def blocked(seen: Any) -> bool:
    return bool(seen["postgres"] and seen["postgres"]["blocked"] > 1)


def end_who_blocks(shop: Any, api: Any) -> None:
    """
    Whoever blocks others and is blocked by nobody.
    """
    shop.ack("postgres", "locks")
    sessions = {session["session"]: session for session in shop.sessions()}
    blocking = {other for each in sessions.values() for other in each["blocked_by"]}
    for number in blocking:
        if number in sessions and not sessions[number]["blocked_by"]:
            shop.end_session(number)


def differing(api: Any) -> bool:
    return len({str(one["settings"]) for one in api.values()}) > 1


def make_them_alike(shop: Any, api: Any) -> None:
    """
    As the instance has it that errs least.
    """
    shop.ack("api", "bad configuration")
    rates = shop.metrics(5)["balancer"]["rates"]
    well = min(api, key=lambda name: rates.get(f"5xx.{name}", 0))
    for key, value in api[well]["settings"].items():
        if any(one["settings"][key] != value for one in api.values()):
            shop.set(key, value)


def leaks(seen: Any, api: Any) -> bool:
    """
    Whether a session has been idle in a transaction for longer than an order can wait.
    """
    settings = next(iter(api.values()))["settings"]
    longest = settings["payments_attempts"] * settings["payments_timeout"]
    return bool(seen["postgres"] and seen["postgres"]["oldest_idle"] > longest + 1.5)


def give_back(shop: Any, api: Any) -> None:
    shop.ack("api", "leaked connections")
    shop.roll_back("api")


def rate(api: Any, counter: str) -> float:
    return sum(one["rates"].get(counter, 0) for one in api.values())


def storm(seen: Any, api: Any) -> bool:
    orders = sum(
        rate for key, rate in seen["balancer"]["rates"].items() if "requests.orders" in key
    )
    attempts = rate(api, "payments.attempts")
    return attempts > 2 * orders and rate(api, "payments.unanswered") > 0.7 * attempts


def ask_once(shop: Any, api: Any) -> None:
    shop.ack("api", "retry storm")
    shop.set("payments_attempts", 1)


def silent(api: Any) -> bool:
    attempts = rate(api, "payments.attempts")
    failed = rate(api, "payments.unanswered") + rate(api, "payments.5xx")
    return attempts > 0 and failed > 0.9 * attempts


def charge_later(shop: Any, api: Any) -> None:
    shop.ack("payments", "hangs")
    shop.set("charge_later", "on")


def errs(api: Any) -> bool:
    return rate(api, "errors.other") > 0.5


def roll_back(shop: Any, api: Any) -> None:
    shop.ack("api", "bad release")
    shop.roll_back("api")
