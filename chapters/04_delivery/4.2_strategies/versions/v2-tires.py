"""
The new version, which opens something for each page and forgets to close it.
"""

from itertools import count

from shop import serve

ROOM = 40  # things that may be open at the same time

opened = count(1)

serve(lambda: (200, "v2") if next(opened) <= ROOM else (500, "too many open files"))
