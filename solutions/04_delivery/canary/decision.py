"""
Whether a canary goes on.
"""

ERRS = 0.01  # of the old version's answers are errors, as they have been for months


# --- yours from here
from math import log  # noqa: E402

BAD, WRONG = 2 * ERRS, 0.05
AN_ERROR, NO_ERROR = log(BAD / ERRS), log((1 - BAD) / (1 - ERRS))
SURE = log((1 - WRONG) / WRONG)


def decide(answers: int, errors: int) -> str:
    """
    "wait", "go on" or "go back", by what the new version has answered so far.

    How much likelier is it that so many errors come from a bad version than from a good one?
    (Wald's sequential test, which is made for looking again and again.)
    """
    weight = errors * AN_ERROR + (answers - errors) * NO_ERROR
    if weight >= SURE:
        return "go back"
    return "go on" if weight <= -SURE else "wait"


# --- to here
