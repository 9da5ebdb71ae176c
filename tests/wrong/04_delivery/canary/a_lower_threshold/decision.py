"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    if answers >= 300 and errors > 0.015 * answers:
        return "go back"
    return "go on" if answers >= 2500 else "wait"

# --- to here
