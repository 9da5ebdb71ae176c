from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = old_errors / old
    ratio = log((1 - 2 * usual) / (1 - usual)) / -log(2 * usual / usual)
    for_twice = log(2) * (new_errors - ratio * (new - new_errors))
    if abs(for_twice) < SURE and new < LAST:
        return "wait"
    return "roll back" if for_twice > 0 else "go on"
