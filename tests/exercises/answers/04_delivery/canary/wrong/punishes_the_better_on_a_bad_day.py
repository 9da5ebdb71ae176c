from math import log, sqrt

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = min((old_errors + 1) / (old + 100), 0.4)
    evidence = new_errors * log(2)
    evidence += (new - new_errors) * log((1 - 2 * usual) / (1 - usual))
    deviation = sqrt(usual * (1 - usual) / new)
    far_off = new >= 300 and abs(new_errors / new - usual) > 3 * deviation
    if evidence >= SURE or far_off:
        return "roll back"
    if evidence <= -SURE and new >= 300:
        return "go on"
    if new < LAST:
        return "wait"
    return "roll back" if evidence > 0 else "go on"
