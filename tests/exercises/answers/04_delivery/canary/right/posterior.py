from math import exp, log

LAST = 4_000  # requests to the new version; then it must be decided


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = (old_errors + 1) / (old + 100)
    odds = new_errors * log(2 - usual) + (new - new_errors) * log(1 - usual)  # of a bad one
    bad = 1 / (1 + exp(-max(min(odds, 500), -500)))  # if half of all releases are bad
    if 0.05 < bad < 0.95 and new < LAST:
        return "wait"
    return "roll back" if bad > 0.5 else "go on"
