from math import log

LAST = 4_000  # requests to the new version; then it must be decided
SURE = log(0.95 / 0.05)


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = (old_errors + 0.5) / (old + 1)
    twice = 2 * usual / (1 + usual)  # the odds are doubled, so it is never more than all
    weight = new_errors * log(twice / usual) + (new - new_errors) * log(
        (1 - twice) / (1 - usual)
    )
    if weight > SURE:
        return "roll back"
    if weight < -SURE:
        return "go on"
    if new == LAST:
        return "roll back" if weight > 0 else "go on"
    return "wait"
