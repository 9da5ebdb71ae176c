"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> bool:
    return errors <= 0.015 * answers

# --- to here
