"""
The engine of the exercises: a reader's copies, the run of a check, and the verdict.
"""
