"""
Keep the notebooks true: execute, compare, and edit them as text (see `__main__.py`).
"""
