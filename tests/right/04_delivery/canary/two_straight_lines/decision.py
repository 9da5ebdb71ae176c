"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    # Wald's two bounds are straight lines in errors over answers.
    if errors > 0.0146 * answers + 4.2:
        return "go back"
    return "go on" if errors < 0.0146 * answers - 4.2 else "wait"


# --- to here
