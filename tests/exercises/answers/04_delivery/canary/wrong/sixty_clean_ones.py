LAST = 4_000  # requests to the new version; then it must be decided


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    if new >= 20 and new_errors / new > 0.05:
        return "roll back"
    return "go on" if new >= 60 else "wait"
