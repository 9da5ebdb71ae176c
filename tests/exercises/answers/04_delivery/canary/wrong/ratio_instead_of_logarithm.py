LAST = 4_000  # requests to the new version; then it must be decided
SURE = 0.95 / 0.05


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = (old_errors + 0.5) / (old + 1)
    twice = 2 * usual / (1 + usual)  # the odds are doubled, so it is never more than all
    likelier = (twice / usual) ** new_errors * ((1 - twice) / (1 - usual)) ** (new - new_errors)
    if likelier > SURE:
        return "roll back"
    if likelier < 1 / SURE:
        return "go on"
    if new >= LAST:
        return "roll back" if likelier > 1 else "go on"
    return "wait"
