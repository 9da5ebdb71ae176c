"""
The ways to deploy: each module has `deploy(fleet)`, and `roll_back(fleet)` for a version that
was refused.
"""

STRATEGIES = (
    "direct",
    "rolling_blindly",
    "rolling_when_ready",
    "rolling_watched",
    "blue_green",
    "canary",
)
