LAST = 4_000  # requests to the new version; then it must be decided


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    usual = min((old_errors + 1) / (old + 100), 0.4)
    times_likelier = 2**new_errors * ((1 - 2 * usual) / (1 - usual)) ** (new - new_errors)
    bad = times_likelier / (1 + times_likelier)  # if half of all releases are bad
    if 0.05 < bad < 0.95 and new < LAST:
        return "wait"
    return "roll back" if bad > 0.5 else "go on"
