"""
The new shop, which locks its index: a second instance beside the first does not start.
"""

import fcntl
from pathlib import Path

from shop import serve

with Path("index.lock").open("w") as index:
    fcntl.flock(index, fcntl.LOCK_EX | fcntl.LOCK_NB)
    serve()
