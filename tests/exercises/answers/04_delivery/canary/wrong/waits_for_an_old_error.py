from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    if old_errors == 0 and new < LAST:
        return "wait"  # nothing to compare with yet
    usual = min(max(old_errors / old, 0.0005), 0.4)
    evidence = new_errors * log(2)
    evidence += (new - new_errors) * log((1 - 2 * usual) / (1 - usual))
    if evidence >= SURE:
        return "roll back"
    if evidence <= -SURE:
        return "go on"
    if new < LAST:
        return "wait"
    return "roll back" if evidence > 0 else "go on"
