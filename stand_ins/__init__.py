"""
What stands in for something bigger; the first line of each says what it is not.

A program among them is run with `python -m stand_ins.NAME`.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
