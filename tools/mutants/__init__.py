"""
Single changes of the solutions, each judged by the check of its exercise.

A check is proved by the mistakes that its author thought of, the known wrong answers, and by
those that nobody thought of: `python -m tools.mutants` makes every single change that a few
operators know to make, and lists which ones the check lets pass.
"""
