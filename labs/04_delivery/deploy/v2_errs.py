"""
The new version, in which one page of seven fails.
"""

import random
from itertools import count

from shop import serve

pages = count(random.randrange(7))

serve(lambda: (200, "v2") if next(pages) % 7 else (500, "out of stock?"))
