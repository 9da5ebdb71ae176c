"""
The new version's code behind a flag: a file beside its socket. Three new pages of ten fail.
"""

import random
import sys
from pathlib import Path

from shop import serve

FLAG = Path(sys.argv[1]).with_name("flag")


def page():
    if not FLAG.exists():
        return 200, "v1"
    return (500, "out of stock?") if random.random() < 0.3 else (200, "v2")


serve(page)
