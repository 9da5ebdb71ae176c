from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)  # of being right in 19 of 20


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    # Of all errors, one of 20 is the new version's if it errs as often, two of 21 if twice.
    same, twice = 1 / 20, 2 / 21
    for_twice = new_errors * log(twice / same) + old_errors * log((1 - twice) / (1 - same))
    if abs(for_twice) < SURE and new < LAST:
        return "wait"
    return "roll back" if for_twice > 0 else "go on"
