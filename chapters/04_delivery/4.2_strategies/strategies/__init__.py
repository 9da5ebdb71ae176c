"""
The ways to deploy: each module has `deploy(fleet)`, and `go_back(fleet)` for a refused version.
"""

STRATEGIES = (
    "direct",
    "rolling_blindly",
    "rolling_when_ready",
    "rolling_watched",
    "blue_green",
    "canary",
)
