"""
The new version, which forgets to close what it opens, and has little room.
"""

from itertools import count

from shop import serve

ROOM = 15  # things that may be open at the same time

opened = count(1)

serve(lambda: (200, "v2") if next(opened) <= ROOM else (500, "too many open files"))
