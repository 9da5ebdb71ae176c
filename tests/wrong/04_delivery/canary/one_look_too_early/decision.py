"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    if answers < 300:
        return "wait"
    return "go back" if errors > 0.015 * answers else "go on"

# --- to here
