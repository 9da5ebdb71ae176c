"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    if answers / errors < 60:
        return "go back"
    return "go on" if answers > 2000 else "wait"

# --- to here
