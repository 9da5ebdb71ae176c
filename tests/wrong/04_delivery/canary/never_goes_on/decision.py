"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    if answers >= 15 and errors > 0.018 * answers + 4:
        return "go back"
    return "wait"

# --- to here
