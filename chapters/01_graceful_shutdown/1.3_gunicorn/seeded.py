"""
Settings for gunicorn: its master draws the jitter, and here the same each time.
"""

import random

random.seed(987)
