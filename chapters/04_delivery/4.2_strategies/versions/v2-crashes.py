"""
The new version, which wants a setting that nobody has given it.
"""

import os

from shop import serve

DATABASE = os.environ["SHOP_DATABASE"]

serve(lambda: (200, f"v2, {DATABASE}"))
