"""
What keeps the course: set-up, notebooks, proofs. None of it is needed to read the course.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
