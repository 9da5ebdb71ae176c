"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
def decide(answers: int, errors: int) -> str:
    if answers < 100:
        return "go back" if errors > 0.15 * answers + 3 else "wait"
    deviation = (ERRS * (1 - ERRS) / answers) ** 0.5
    if errors / answers - ERRS > 1.64 * deviation:
        return "go back"
    return "go on" if answers >= 2500 else "wait"

# --- to here
