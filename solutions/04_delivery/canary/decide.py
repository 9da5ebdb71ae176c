"""
Decides on a new version from what was counted of it and of the old one.
"""

# --- yours from here
from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)  # of being right in 19 of 20


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    # What the old version does at the same time. It is counted with one error in a hundred
    # answers more than it has given: of 0 errors in 190 the share is 0, twice that is 0, too,
    # and both stories are the same.
    usual = (old_errors + 1) / (old + 100)
    twice = 1 - (1 - usual) ** 2  # nearly so, where errors are few; and never more than all
    for_twice = new_errors * log(twice / usual)
    for_twice += (new - new_errors) * log((1 - twice) / (1 - usual))
    if abs(for_twice) < SURE and new < LAST:
        return "wait"
    return "roll back" if for_twice > 0 else "go on"


# --- to here
