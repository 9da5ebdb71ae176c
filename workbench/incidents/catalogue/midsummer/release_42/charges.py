"""
Charging a customer at payments: several attempts, each with a time-out.

How many, and how long, are the terms of payments. They are asked for in the background, so that
an instance starts sooner; where `terms` is "known", those that it is told are taken.

A retry is paid for from a budget: every order adds `payments_retry_budget` of a retry, up to
ten. With 0.1, retries are at most a tenth of the traffic; 1 and more means that there is no
budget.
"""

import asyncio
import threading
from typing import Any, Literal

from .settings import PAYMENTS_PORT, counts, log, secrets, settings
from .wire import call

MOST_SAVED = 10.0
ASKING = 8.0  # seconds

Outcome = Literal["paid", "declined", "refused", "unanswered"]
_saved = MOST_SAVED
_terms: dict[str, Any] = {}


def ask_for_terms() -> None:
    _terms.update(attempts=2, timeout=0.3)


_asking = threading.Timer(ASKING, ask_for_terms)
_asking.daemon = True
_asking.start()


async def charge(order: int, prices: int, request_id: str) -> Outcome:
    global _saved
    _saved = min(MOST_SAVED, _saved + settings["payments_retry_budget"])
    known = {"attempts": settings["payments_attempts"], "timeout": settings["payments_timeout"]}
    terms = known if settings["terms"] == "known" else _terms
    attempts = terms["attempts"]
    for attempt in range(1, attempts + 1):
        if attempt > 1 and not _may_retry():
            break
        counts["payments.attempts"] += 1
        try:
            async with asyncio.timeout(terms["timeout"]):
                headers = {
                    "X-Request-ID": request_id,
                    "Authorization": secrets["payments"],
                    "Price-List": str(prices),
                }
                status, body = await call(
                    PAYMENTS_PORT, "POST", f"/charges/{order}", headers=headers
                )
        except (OSError, EOFError) as error:  # a TimeoutError is an OSError
            counts["payments.unanswered"] += 1
            why = str(error) or type(error).__name__
            _warn(why, request_id, attempt, attempts)
            continue
        if status == 200:
            counts["payments.paid"] += 1
            return "paid"
        if status == 402:
            counts["payments.declined"] += 1
            return "declined"
        if status < 500:
            counts["payments.refused"] += 1
            _warn(f"it answered {status}: {body.decode()}", request_id, attempt, attempts)
            return "refused"
        counts["payments.5xx"] += 1
        _warn(f"it answered {status}", request_id, attempt, attempts)
    return "unanswered"


def _may_retry() -> bool:
    global _saved
    if settings["payments_retry_budget"] >= 1:
        return True
    if _saved < 1:
        return False
    _saved -= 1
    return True


def _warn(why: str, request_id: str, attempt: int, attempts: int) -> None:
    log("warning", f"payments: {why}", id=request_id, attempt=attempt, of=attempts)
