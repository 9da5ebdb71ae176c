from math import log

LAST = 4_000
SURE = log(0.95 / 0.05)


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    if not old_errors:  # nothing to divide by yet
        return "wait" if new < LAST else "go on"
    usual = min(old_errors / old, 0.4)
    for_twice = new_errors * log(2) + (new - new_errors) * log((1 - 2 * usual) / (1 - usual))
    if abs(for_twice) < SURE and new < LAST:
        return "wait"
    return "roll back" if for_twice > 0 else "go on"
