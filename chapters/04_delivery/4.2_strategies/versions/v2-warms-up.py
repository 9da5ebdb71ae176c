"""
The new version, which listens before it can answer: its cache is empty for a while.
"""

import time

from shop import serve

WARM_AT = time.monotonic() + 2

serve(
    lambda: (200, "v2") if time.monotonic() > WARM_AT else (503, "not yet"),
    ready=lambda: time.monotonic() > WARM_AT,
)
