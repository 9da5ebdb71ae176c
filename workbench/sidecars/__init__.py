"""
What runs as a process of its own, started by path: `python -I …/sidecars/guard.py`.

A sidecar imports nothing of the workbench: it has to start fast, and to outlive its owner.
"""
