"""
The new version, in which three pages of ten fail.
"""

import random

from shop import serve


def page():
    return (500, "out of stock?") if random.random() < 0.3 else (200, "v2")


serve(page)
