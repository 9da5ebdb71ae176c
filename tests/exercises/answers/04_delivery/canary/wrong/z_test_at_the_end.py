from math import sqrt

LAST = 4_000  # requests to the new version; then it must be decided


def decide(new, new_errors, old, old_errors):
    """
    "wait", "go on" or "roll back", from the requests and errors since the release began.
    """
    if new < LAST:
        return "wait"
    both = (new_errors + old_errors) / (new + old)
    spread = sqrt(both * (1 - both) * (1 / new + 1 / old))
    z = (new_errors / new - old_errors / old) / spread if spread else 0
    return "roll back" if z > 1.645 else "go on"
