from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)  # of being right in 19 of 20


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    # What the old version does at the same time, beginning from a guess of 1 %.
    usual = (old_errors + 1) / (old + 100)
    for_twice = new_errors * log(2) + (new - new_errors) * log((1 - 2 * usual) / (1 - usual))
    if abs(for_twice) < SURE and new < LAST:
        return "wait"
    return "roll back" if for_twice > 0 else "go on"
