"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
# TODO: find a version with twice the errors, refuse hardly any good one, and come to an end.
def decide(answers: int, errors: int) -> str:
    """
    "wait", "go on" or "go back", by what the new version has answered so far.
    """
    if answers >= 15 and errors > 0.05 * answers:
        return "go back"
    return "go on" if answers >= 300 else "wait"


# --- to here
