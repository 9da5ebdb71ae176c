"""
A lock with hashes for a project, cut from the lock of the course.
"""

import re
from pathlib import Path

import workbench

OURS = Path(workbench.__file__).parents[1] / "requirements.txt"
OF_PYTEST = ("iniconfig", "packaging", "pluggy", "pygments", "pytest")


def locked(packages=OF_PYTEST):
    """
    The lines of these packages, as `pip install --require-hashes` wants them.
    """
    text = OURS.read_text(encoding="utf-8")
    names = "|".join(packages)
    found = re.findall(rf"^(?:{names})==.*\n(?: +--hash=.*\n)+", text, re.MULTILINE)
    return "".join(found)
