"""
What a reader sees in a notebook of an exception.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLAIM = """from workbench import claim
def conclude():
    claim(1 > 2, "one is more", seen=1)
conclude()"""
MISTAKE = """from workbench import claim
claim()"""


@pytest.fixture
def show(tmp_path: Path):
    """
    Run a cell in IPython; what it shows.
    """

    def run(cell: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", cell],
            env=os.environ | {"IPYTHONDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        return done.stdout

    return run


def test_the_workbench_has_something_to_say(show):
    """
    Its own exception is its sentence, below the lines of the reader's cell that led to it.
    """
    assert show(CLAIM).splitlines() == [
        "Cell In[1], line 4: conclude()",
        'Cell In[1], line 3: claim(1 > 2, "one is more", seen=1)',
        "ClaimFailed: ✗ not so here: one is more",
        "  seen: 1",
    ]


def test_anything_else_is_shown_whole(show):
    """
    Any other exception keeps its traceback.
    """
    assert "Traceback (most recent call last)" in show(MISTAKE)
